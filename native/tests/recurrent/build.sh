#!/bin/sh
# Compiles the recurrent arithmetic and its C interface: build.sh LIBRARY [FLAGS ...]
set -e
library=$1
shift
here=$(dirname "$0")
source=$here/../../src
objects=$(mktemp -d)
trap 'rm -r "$objects"' EXIT
compile() {
    output=$objects/$1.o
    input=$2
    shift 2
    ${CXX:-g++} -std=c++17 -O3 -fPIC -Wall -Wextra "$@" -c "$input" -o "$output"
}
compile portable "$source/recurrent_kernel.cpp" -DPOSTAGGER_ISA=portable -DPOSTAGGER_ISA_portable=1 "$@"
compile avx2 "$source/recurrent_kernel.cpp" -DPOSTAGGER_ISA=avx2 -DPOSTAGGER_ISA_avx2=1 -mavx2 -mfma "$@"
compile avx512 "$source/recurrent_kernel.cpp" -DPOSTAGGER_ISA=avx512 -DPOSTAGGER_ISA_avx512=1 \
    -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma "$@"
compile recurrent "$source/recurrent.cpp" "$@"
compile shim "$here/shim.cpp" "$@"
${CXX:-g++} -shared "$@" "$objects"/*.o -o "$library"
