#!/bin/sh
# Makes the bundled model `filings` from a folder of filings: questions are written from them by rules, the base learns
# them, and what has changed is written to assets/models/filings, with a card. The same folder, seed and number of
# threads give the same model.
#
#     benches/filings.sh FOLDER [ROWS [SEED]]
#
# None of the filings that it is measured on, nor of their companies, may be in FOLDER.
set -eu
folder=$1 rows=${2:-4500} seed=${3:-42}
here=$(cd "$(dirname "$0")/.." && pwd)
tenk=${TENK:-$here/target/release/tenk}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
"$tenk" index "$folder" --home "$home" --model base
"$tenk" bench filings -L "$folder" --home "$home" --rows "$rows" --seed "$seed" --out "$here/assets/models/filings"
