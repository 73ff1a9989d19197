#!/bin/bash
# proxy.sh tests the proxy settings of docs/service.md, as they stand there, with the
# real nginx and Caddy. It runs in the system that boot.sh boots.
#
# shellcheck disable=SC2317 # functions are called by name, through ok and eventually
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=harness.sh
. /src/test/systemd/harness.sh

site=tacho.example.org

# fetch SCHEME PATH [OPTION...] asks the proxy as a browser that knows the password.
fetch() {
  curl --silent --insecure --user viewer:secret --max-time 5 \
    --resolve "$site:80:127.0.0.1" --resolve "$site:443:127.0.0.1" "${@:3}" "$1://$site$2"
}

status() { fetch "$@" --output /dev/null --write-out '%{http_code}'; }

# events counts those of a small stream that come through within three seconds. Held
# back until a buffer is full, there would be none.
events() { fetch "$1" "$2/api/v1/stream/load" --no-buffer --max-time 3 | grep --count '^data: '; }

# linked prints the status of each address that the page names, without repetition.
linked() {
  fetch "$1" "$2/" --compressed | grep --only-matching --extended-regexp '(src|href)="/[^"#?]*' | cut -d'"' -f2 | sort -u |
    while read -r path; do status "$1" "$path" && echo; done | sort -u | xargs
}

# test_proxy NAME SCHEME BASE VERSION: the proxy serves tacho below BASE.
test_proxy() {
  local stream
  is "$1: the page comes" "$(status "$2" "$3/")" 200
  is "$1: without the password it does not" "$(status "$2" "$3/" --user viewer:wrong)" 401
  is "$1: all that the page links to comes" "$(linked "$2" "$3")" 200
  is "$1: by HTTP $4" "$(fetch "$2" "$3/healthz" --output /dev/null --write-out '%{http_version}')" "$4"
  ok "$1: events come one by one" test "$(events "$2" "$3")" -ge 3
  fetch "$2" "$3/events" --no-buffer --max-time 20 >/run/stream &
  stream=$!
  ok "$1: the stream of the page comes" eventually 5 grep --quiet '^data: ' /run/stream
  systemctl stop tacho
  wait "$stream"
  ok "$1: it ends with a goodbye" grep '^event: bye' /run/stream
}

start_tacho() {
  configure "$(snippet yaml "$1")"
  systemctl start tacho
}

test_nginx() {
  echo 'viewer:{PLAIN}secret' >/etc/nginx/tacho.htpasswd
  start_tacho 1
  # By HTTP/1.0, its default, nginx holds back what X-Accel-Buffering does not free.
  snippet nginx 1 | sed '/proxy_http_version/d' >/etc/nginx/conf.d/tacho.conf
  systemctl start nginx
  ok "nginx without HTTP/1.1: events come one by one" test "$(events http "")" -ge 3
  snippet nginx 1 >/etc/nginx/conf.d/tacho.conf
  ok "nginx takes the settings" systemctl restart nginx
  test_proxy "nginx" http "" 1.1
  restore

  printf 'server { listen 80; server_name %s; %s }\n' "$site" "$(snippet nginx 2)" >/etc/nginx/conf.d/tacho.conf
  start_tacho 2
  systemctl restart nginx
  test_proxy "nginx below a path" http /tacho 1.1
  restore
  systemctl stop nginx
}

# caddy_with starts Caddy with a certificate of its own, because none can be had here.
caddy_with() {
  printf '{\n\tlocal_certs\n\tskip_install_trust\n}\n%s\n' "$(snippet caddy "$1")" >/etc/caddy/Caddyfile
  ok "Caddy takes the settings" systemctl restart caddy
  eventually 10 status https / >/dev/null
}

test_caddy() {
  echo "viewer $(HOME=/root caddy hash-password --plaintext secret)" >/etc/caddy/tacho.users
  start_tacho 1
  caddy_with 1
  test_proxy "Caddy" https "" 2
  restore

  start_tacho 2
  caddy_with 2
  test_proxy "Caddy below a path" https /tacho 2
  restore
  systemctl stop caddy
}

install_tacho
test_nginx
test_caddy
finish
