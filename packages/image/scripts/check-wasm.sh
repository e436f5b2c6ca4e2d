#!/bin/sh
# Builds the JPEG decoder from the released source of libjpeg-turbo and compares it with the one in the repository: needs the packages
# that jpeg-draft/build.sh names, of Debian 12, and curl. (A test compares the resize with its source.)
set -e
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
name=libjpeg-turbo_2.1.5.orig.tar.gz
curl --silent --show-error --fail --location --output "$work/$name" "https://deb.debian.org/debian/pool/main/libj/libjpeg-turbo/$name"
echo "254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c  $work/$name" | sha256sum --check --strict
tar -xzf "$work/$name" -C "$work"
mkdir -p "$work/image/src/decode"
cp -r "$here" "$work/image/scripts"
sh "$work/image/scripts/jpeg-draft/build.sh" "$work/libjpeg-turbo-2.1.5"
cmp "$work/image/src/decode/jpeg-draft-module.ts" "$here/../src/decode/jpeg-draft-module.ts"
echo "the module is the one that its source gives"
