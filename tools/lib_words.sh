# shellcheck shell=bash
# How a step is announced and how it fails; here and in docker/. Sourced, never run.

say() { printf '%s\n' "$*"; }
step() { printf '== %s\n' "$*"; }

# fail "what failed" "what to do": one line, exit 1.
fail() {
    printf 'FAILED: %s -> %s\n' "$1" "${2:-see the lines above}" >&2
    exit 1
}

# logged LOG WHAT ADVICE CMD...: runs CMD into a log; on failure shows its end and fails.
logged() {
    local log=$1 what=$2 advice=$3
    shift 3
    if ! "$@" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "$what" "$advice (whole log: ${log#"${ROOT:-}"/})"
    fi
}

# usage FILE: prints the comment at the head of a command (after the #! line).
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }
