# What the scripts of command-line clients share: files, and how to demand.
set -euo pipefail

# Says what failed and ends.
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# A program has to fail, and to say that access is denied: denied COMMAND…
denied() {
    local printed
    if printed=$("$@" 2>&1); then fail "not refused: $* printed: $printed"; fi
    grep -Eqi 'access ?denied|forbidden|403' <<<"$printed" || fail "$* does not say that access is denied: $printed"
}

# Two texts are equal: equal WHAT EXPECTED ACTUAL
equal() {
    [ "$2" = "$3" ] || fail "$1: expected »$2«, not »$3«"
}

# The embedded storage has no tags: it answers 501.
has_tags() { [ "$STORAGE" != embedded ]; }

printf '' >none
printf 1 >one
head -c 20971520 /dev/urandom >large
mkdir -p many
for number in $(seq -w 1 12); do printf '%s' "$number" >"many/file $number"; done
