#!/bin/sh
# Generates the Python stubs of proto/ into a folder: stubs.sh OUT [PYTHON]
set -eu
out=$1
python=${2:-python3}
protos=$(cd "$(dirname "$0")/../../../proto" && pwd)
mkdir -p "$out"
cd "$protos"
"$python" -m grpc_tools.protoc -I . --python_out="$out" --grpc_python_out="$out" sanban/v1/*.proto
