#!/bin/sh
# What cargo calls in place of the compiler: the crates that parse count their branches for libFuzzer, as cargo-fuzz
# has it for all crates. Networks and what else is linked would only fill its map.
compiler="$1"
shift
case " $* " in
  *" --crate-name islet "* | *" --crate-name dicom_"* | *" --crate-name hayro_jpeg2000 "* | *" --crate-name image "* | \
    *" --crate-name png "* | *" --crate-name safetensors "* | *" --crate-name zip "* | *" --crate-name zune_"*)
    exec "$compiler" "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing
    ;;
  *) exec "$compiler" "$@" ;;
esac
