#!/usr/bin/env bash
# manual.sh PERLY VERSION: a page for `man`, made from what `perly help` says, so that there is one text.
set -euo pipefail
perly="$1"

# A dot or an apostrophe at the start of a line would be a request.
escape() {
    sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'
}

# section TITLE: standard input as it stands.
section() {
    printf '.SH %s\n.nf\n' "$1"
    escape
    printf '.fi\n'
}

printf '.TH PERLY 1 "" "perly %s" "User Commands"\n' "$2"
printf '.SH NAME\nperly \\- pull, score, push and act on the customers in a Salesforce org\n'
"$perly" --help | section DESCRIPTION
"$perly" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' | sort -u | while read -r command; do
    "$perly" help "$command" >/dev/null 2>&1 || continue
    "$perly" help "$command" | section "PERLY ${command^^}"
done
