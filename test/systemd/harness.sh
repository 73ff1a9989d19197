# shellcheck shell=bash
# What the test scripts share. They run in the system that boot.sh boots, with the
# repository at /src.

api=http://127.0.0.1:8585/api/v1
tests=0 failed=0

# is NAME GOT WANT passes when both texts are the same and not empty.
is() {
  tests=$((tests + 1))
  if [[ -n $2 && $2 == "$3" ]]; then
    echo "ok - $1"
  else
    echo "not ok - $1"
    diff --unified=0 --label=want --label=got <(echo "$3") <(echo "$2") | sed 's/^/# /'
    failed=1
  fi
}

# ok NAME COMMAND... passes when the command succeeds.
ok() {
  local output
  tests=$((tests + 1))
  if output=$("${@:2}" 2>&1); then
    echo "ok - $1"
  else
    echo "not ok - $1"
    printf '%s\n%s\n' "failed: ${*:2}" "$output" | sed 's/^/# /'
    failed=1
  fi
}

not() { ! "$@"; }

# eventually SECONDS COMMAND... repeats the command until it succeeds.
eventually() {
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    ((SECONDS < end)) || return
    sleep 0.1
  done
}

# show PROPERTY prints one of the unit's.
show() { systemctl show --property="$1" --value tacho; }
shows() { [[ $(show "$1") == "$2" ]]; }

# snapshot FILTER prints what jq finds in the latest reading of the service.
snapshot() { curl --silent --show-error --fail "$api/snapshot" | jq --compact-output --raw-output --sort-keys "$1"; }

journal() { journalctl --unit=tacho --output=cat --no-pager "$@"; }

# since prints where the journal is, for journal --after-cursor.
since() { journalctl --lines=0 --show-cursor --no-pager | sed -n 's/^-- cursor: //p'; }

# override LINE... changes settings of the unit.
override() {
  mkdir -p /etc/systemd/system/tacho.service.d
  printf '%s\n' '[Service]' "$@" >/etc/systemd/system/tacho.service.d/test.conf
  systemctl daemon-reload
}

# restore gives the unit and the settings back their defaults, and leaves tacho stopped.
restore() {
  systemctl stop tacho
  rm -rf /etc/systemd/system/tacho.service.d /etc/tacho
  systemctl daemon-reload
  systemctl reset-failed tacho 2>/dev/null || true
}

# configure LINE... writes the settings of tacho.
configure() {
  mkdir -p /etc/tacho
  printf '%s\n' "$@" >/etc/tacho/config.yaml
}

install_tacho() {
  install -m 755 /src/bin/tacho /usr/bin/tacho
  install -m 644 /src/systemd/tacho.service /etc/systemd/system/tacho.service
  systemctl daemon-reload
}

# snippet LANGUAGE NUMBER prints a fenced block of docs/service.md.
snippet() {
  awk -v fence="\`\`\`$1" -v number="$2" '
    /^```$/ { inside = 0 }
    inside && seen == number
    $0 == fence { inside = 1; seen++ }' /src/docs/service.md
}

# finish ends the script with the number of its tests, which one that breaks off does
# not tell. What the service said is of interest when a test failed.
finish() {
  ((failed == 0)) || journal --lines=20 | sed 's/^/# journal: /'
  echo "1..$tests"
  exit "$failed"
}
