#!/usr/bin/env bash
# Installs what the whole-program tests need, or says in one line what is missing.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # where Debian has servers, and users have not

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need chromium chromium
need firefox-esr firefox-esr
need nginx nginx-light
need caddy caddy
need curl curl
need debootstrap debootstrap
need prometheus-node-exporter prometheus-node-exporter
compgen -G '/usr/share/fonts/truetype/*/*.ttf' >/dev/null || missing+=(fonts-dejavu-core)
[[ ${#missing[@]} == 0 ]] && exit 0
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "the tests need ${missing[*]}: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
