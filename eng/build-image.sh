#!/usr/bin/env bash
# Builds the project's own image, for any policy: it holds no plan.
#
#   eng/build-image.sh [DIR]   DIR gets the programs (DIR/app) and what the image is made from (DIR/image); artifacts/image
#                              without it
#
# ENGINE, IMAGE and BUILD_ARGS are as in the build.sh of the target image.
set -euo pipefail
[ "$#" -le 1 ] || { echo "usage: eng/build-image.sh [DIR]" >&2; exit 2; }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dir="${1:-artifacts/image}"

eng/publish.sh "$dir/app" --self-contained
"$dir/app/ironc" deploy --target image samples/quickstart/proxy.yaml --output "$dir/image" --set embed_plan=false
"$dir/image/build.sh" "$(cd "$dir/app" && pwd)"
