"""The clients that are programs, with their commands, step by step.

Each day is a function of (the recorder's URL, the certificate, the directory of files) and gives
tuples (note, command, environment).
"""

from . import aws_cli, rclone, s3cmd

DAYS = {"aws-cli": aws_cli.day, "rclone": rclone.day, "s3cmd": s3cmd.day}
