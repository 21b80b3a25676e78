#!/usr/bin/env bash
# Calls Pulumi for the program in this folder, with the stack that is selected.
#
#   ./deploy.sh              pulumi up
#   ./deploy.sh --preview    pulumi preview
#   ./deploy.sh --destroy    pulumi destroy
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case "$*" in
    "") command=up ;;
    --preview) command=preview ;;
    --destroy) command=destroy ;;
    *)
        echo "usage: ./deploy.sh [--preview | --destroy]" >&2
        exit 2
        ;;
esac
if ! command -v pulumi > /dev/null; then
    echo "deploy.sh: pulumi is not installed: install it, or run 'cd $PWD && pulumi $command' where it is" >&2
    exit 1
fi
exec pulumi "$command"
