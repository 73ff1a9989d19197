#!/bin/bash
# service.sh tests the unit: its life, and that its sandbox shows the machine's
# own numbers. It runs in the system that boot.sh boots.
#
# shellcheck disable=SC2317 # functions are called by name, through ok and eventually
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=harness.sh
. /src/test/systemd/harness.sh

# exposure is what `systemd-analyze security` may say at most, times ten.
exposure=15

# add_disk DIRECTORY MEBIBYTES OPTIONS mounts an ext4 file system of its own.
add_disk() {
  local image
  image=/var/$(tr / _ <<<"$1").img
  truncate --size="$2M" "$image"
  mkfs.ext4 -q "$image"
  mkdir -p "$1"
  mount -o "loop,$3" "$image" "$1"
}

# log_in NAME TERMINAL writes a record of utmp(5) for the process of this script.
log_in() {
  field() { printf '%s' "$2" | head -c "$1"; head -c $(($1 - ${#2})) /dev/zero; }
  number() {
    local shift
    for shift in 0 8 16 24; do printf '%b' "$(printf '\\x%02x' $(($1 >> shift & 255)))"; done
  }
  {
    number 7 # USER_PROCESS
    number $$
    field 32 "$2"
    field 4 t1
    field 32 "$1"
    field 256 ""
    number 0
    number $$
    number "$(date +%s)"
    head -c 40 /dev/zero
  } >>/run/utmp
}

test_start() {
  is "systemd-analyze verify has no complaint" "$(systemd-analyze verify tacho.service 2>&1) status $?" " status 0"
  ok "the unit starts" systemctl start tacho
  ok "it answers as soon as it counts as started" snapshot .seq
  is "it is active" "$(show ActiveState)" active
  systemctl stop tacho
  override UnsetEnvironment=NOTIFY_SOCKET TimeoutStartSec=2 Restart=no
  ok "it does not count as started before it says so" not systemctl start tacho
  is "which is a timeout" "$(show Result)" timeout
  restore
}

test_sandbox() {
  systemctl start tacho
  local pid status uid
  pid=$(show MainPID)
  status=$(</proc/"$pid"/status)
  uid=$(stat --format=%u "/proc/$pid")
  ok "it runs as a dynamic user" test "$uid" -ge 61184 -a "$uid" -le 65519
  is "it has no capability" "$(grep -c '^Cap...:.0*$' <<<"$status")" 5
  is "it may gain no privilege" "$(awk '/^NoNewPrivs/ { print $2 }' <<<"$status")" 1
  is "its system calls are filtered" "$(awk '/^Seccomp:/ { print $2 }' <<<"$status")" 2
  is "it may write nowhere" "$(writable "$pid")" none
  ok "it can execute nothing else" not "/proc/$pid/root/usr/bin/true"
  for namespace in cgroup net pid time user uts; do
    is "it is in the machine's $namespace namespace" "$(readlink "/proc/$pid/ns/$namespace")" "$(readlink "/proc/1/ns/$namespace")"
  done
  is "it reads what other users' processes do" "$(as_service "$pid" cat "/proc/$pid"/root/proc/{1,$$}/{comm,cgroup} | xargs)" \
    "$(cat /proc/{1,$$}/{comm,cgroup} | xargs)"
  ok "its exposure is at most $exposure" systemd-analyze security --no-pager --threshold="$exposure" tacho
  restore
}

# writable lists the mounts of process $1 that are not read-only. Its binary, which is
# root's, is one for systemd 252; the kernel's own file systems have permissions of theirs.
writable() {
  local mounts
  mounts=$(awk '$6 ~ /^rw/ && $5 !~ "^/(proc|dev/pts|usr/bin/tacho)(/|$)" { print $5 }' "/proc/$1/mountinfo")
  echo "${mounts:-none}"
}

# as_service runs a command as the user of process $1.
as_service() { setpriv --reuid="$(stat --format=%u "/proc/$1")" --regid="$(stat --format=%g "/proc/$1")" --clear-groups "${@:2}"; }

test_truth() {
  add_disk /srv/data 24 noatime,nodev
  add_disk /home/data 20 nosuid,sync
  add_disk /root/data 18 relatime
  add_disk /tmp/data 28 ro
  add_disk /var/tmp/data 26 noexec
  add_disk /home/alice/data 22 relatime
  chmod 700 /home/alice
  log_in alice pts/1
  systemctl start tacho

  is "mounts: each has the options, the device and the type that it has" \
    "$(snapshot '[.mounts.data.mounts[] | select(.mountpoint != "/src") | [.mountpoint, .device, .fstype, (.options | unique)]] | sort')" "$(machine_mounts)"
  is "mounts: sizes are those of the file systems" \
    "$(snapshot '.mounts.data.mounts[] | select(.status == "ok") | "\(.mountpoint) \(.size_bytes) \(.inodes)"' | sort)" \
    "$(snapshot '.mounts.data.mounts[] | select(.status == "ok").mountpoint' | xargs df -B1 --output=target,size,itotal | awk 'NR > 1 { print $1, $2, $3 }' | sort)"
  is "mounts: what its user may not reach is denied, and nothing else" \
    "$(snapshot '[.mounts.data.mounts[] | select(.status != "ok") | [.mountpoint, .status, .size_bytes]]')" \
    '[["/home/alice/data","denied",null],["/root/data","denied",null]]'
  is "host: name, kernel, architecture" "$(snapshot '.host.data | "\(.name) \(.kernel) \(.architecture)"')" "$(uname -nrm)"
  is "host: system" "$(snapshot .host.data.os)" "$(. /etc/os-release && echo "$PRETTY_NAME")"
  is "host: boot time" "$(snapshot '.host.data.boot_time | fromdate')" "$(awk '/^btime/ { print $2 }' /proc/stat)"
  is "host: logged in" "$(snapshot '.host.data.users[] | "\(.name) \(.terminal)"')" "$(who | awk '{ print $1, $2 }')"
  is "memory: total" "$(snapshot .memory.data.total_bytes)" "$(free --bytes | awk '/^Mem:/ { print $2 }')"
  is "disks: sizes" "$(snapshot '.disks.data[] | "\(.name) \(.size_bytes)"')" \
    "$(snapshot '.disks.data[].name' | while read -r name; do echo "$name $(($(<"/sys/class/block/${name//\//!}/size") * 512))"; done)"
  is "network: interfaces" "$(snapshot '.network.data[].name' | sort)" "$(ls /sys/class/net)"
  is "all that does not change is what root reads outside the sandbox" \
    "$(snapshot "$constant")" "$(cd / && tacho snapshot --json | jq --compact-output --raw-output --sort-keys "$constant")"
  test_changes
  umount /srv/data /home/data /root/data /tmp/data /var/tmp/data /home/alice/data
  restore
}

# machine_mounts lists what has a block device or is the root, as findmnt(8) sees it.
machine_mounts() {
  findmnt --json --list --output=TARGET,SOURCE,FSTYPE,VFS-OPTIONS,FS-OPTIONS --types=ext4,overlay |
    jq --compact-output '[.filesystems[] | select(.target != "/src") |
      [.target, .source, .fstype, (."vfs-options" + "," + ."fs-options" | split(",") | unique)]] | sort'
}

# constant picks what no passing of time changes, and what root and others both may read.
constant='
  (.host.data | del(.uptime_seconds)),
  [.cpu.data.model, (.cpu.data.cores[] | .id)],
  .memory.data.total_bytes, .swap.data.total_bytes,
  (.mounts.data.mounts[] | select(.mountpoint | test("^/(root|home/alice)/") | not) | del(.[(keys[] | select(test("used|free|available")))])),
  .mounts.data.skipped[],
  (.disks.data[] | [.name, .label, .major, .minor, .parent, .stacked, .size_bytes]),
  (.network.data[] | [.name, .kind, .state, .mtu_bytes, .address, .speed_bits_per_second]),
  ([.. | objects | select(has("status")) | .status] - ["no_baseline", "denied"] | unique)
'

# test_changes: what happens on the machine after the service has started.
test_changes() {
  add_disk /srv/late 30 relatime
  add_disk /tmp/late 32 relatime
  add_disk /run/media/late 34 relatime
  local device
  device=$(findmnt --noheadings --output=SOURCE /tmp/late)
  ok "a file system that is mounted later appears with its size" eventually 5 shows_size /srv/late
  ok "also below /tmp" eventually 5 shows_size /tmp/late
  ok "also below /run" eventually 5 shows_size /run/media/late
  umount /srv/late /tmp/late /run/media/late
  ok "one that is unmounted goes" eventually 5 gone /srv/late
  ok "and its device is free at once" not losetup "$device"
  hostname renamed
  ok "the machine's name is the one that it has now" eventually 5 named renamed
  hostname box
}

shows_size() { [[ $(snapshot ".mounts.data.mounts[] | select(.mountpoint == \"$1\").size_bytes") -eq $(df -B1 --output=size "$1" | tail -n 1) ]]; }
gone() { [[ $(snapshot "[.mounts.data.mounts[].mountpoint] | index(\"$1\")") == null ]]; }
named() { [[ $(snapshot .host.data.name) == "$1" ]]; }

# test_private_mount: the setting that docs/service.md gives for what only root may reach.
test_private_mount() {
  add_disk /home/alice/data 22 relatime
  chmod 700 /home/alice
  override "$(snippet ini 4)"
  systemctl start tacho
  ok "with the documented capability it measures what only its owner may reach" shows_size /home/alice/data
  umount /home/alice/data
  restore
}

# doctor FILTER prints what jq finds in what the service says of its own sources.
doctor() { tacho doctor --json --of http://127.0.0.1:8585 2>/dev/null | jq --compact-output --raw-output "$1"; }
doctor_answers() { [[ $(doctor '.sources | length') -gt 0 ]]; }

# denied is a filter for the sources that are denied.
denied='[.sources[] | select(.status == "denied").source] | unique | join(" ")'

# drop_in SOURCE prints the lines that the service says would mend a source.
drop_in() { doctor ".sources[] | select(.source == \"$1\").mends[] | select(.kind == \"unit\").lines[]"; }

# test_metrics: the sandbox takes no series away that root has outside of it, but
# those of adjtimex(2), and what can be compared is the same.
test_metrics() {
  systemctl start tacho
  local pid inside outside series
  (cd / && exec tacho serve --listen=127.0.0.1:8686 --log-level=error) &
  pid=$!
  ok "metrics: tacho serves outside the sandbox too" eventually 10 curl --silent --fail --output /dev/null http://127.0.0.1:8686/readyz
  inside=$(curl --silent http://127.0.0.1:8585/metrics)
  outside=$(curl --silent http://127.0.0.1:8686/metrics)
  kill "$pid"
  wait "$pid"
  is "metrics: the series are those of root outside" "$(node_series <<<"$inside")" "$(node_series <<<"$outside")"
  ok "metrics: there are hundreds of them" test "$(node_series <<<"$inside" | wc -l)" -gt 200
  for series in node_memory_MemTotal_bytes node_boot_time_seconds node_filefd_maximum 'node_uname_info{.*}' 'node_network_mtu_bytes{.*}' 'node_filesystem_size_bytes{.*}'; do
    is "metrics: $series" "$(grep "^$series " <<<"$inside")" "$(grep "^$series " <<<"$outside")"
  done
}

# node_series lists the series that node_exporter has too, without their numbers.
node_series() { grep '^node_' | grep --invert-match '^node_timex_' | sed 's/ [^ ]*$//' | sort; }

# test_doctor: inside the sandbox, outside it as root, and outside it as nobody, three
# things are true; and the mends mend.
test_doctor() {
  add_disk /home/alice/data 22 relatime
  chmod 700 /home/alice
  systemctl start tacho
  ok "doctor: the service answers for itself" eventually 5 doctor_answers
  is "doctor: it is about the user and the unit of the service" "$(doctor '.environment | "\(.uid) \(.service) \(.capabilities | length) \(.no_new_privs) \(.seccomp)"')" \
    "$(stat --format=%u "/proc/$(show MainPID)") tacho.service 0 true true"
  is "doctor: in the sandbox, what is denied" "$(doctor "$denied")" "/proc/PID/io adjtimex(2) statfs(2)"
  is "doctor: as root, what is denied" "$(cd / && tacho doctor --json 2>/dev/null | jq --raw-output "$denied | if . == \"\" then \"nothing\" else . end")" "nothing"
  is "doctor: as nobody, what is denied" "$(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups tacho doctor --json 2>/dev/null | jq --raw-output "$denied")" "/proc/PID/io statfs(2)"
  is "doctor: its exit code says that something is denied" "$(tacho doctor --of http://127.0.0.1:8585 >/dev/null 2>&1; echo $?)" 1
  is "doctor: no fault is without a mend" "$(doctor '[.sources[] | select(.status | IN("denied", "failing", "missing")) | select(.mends == null).source]')" "[]"

  local source i=0 # each drop-in as a file of its own, as they would be added
  mkdir -p /etc/systemd/system/tacho.service.d
  while read -r source; do
    drop_in "$source" >"/etc/systemd/system/tacho.service.d/$((i++)).conf"
  done < <(doctor '.sources[] | select(.status == "denied").source')
  systemctl daemon-reload
  systemctl restart tacho
  eventually 5 doctor_answers
  is "doctor: with the drop-ins that it names nothing is denied" "$(doctor "$denied | if . == \"\" then \"nothing\" else . end")" "nothing"
  is "doctor: nor can it set the clock" "$(grep '^CapBnd' "/proc/$(show MainPID)/status" | cut -f2)" 0000000000080004
  ok "doctor: what was denied is on the page" shows_size /home/alice/data
  ok "doctor: among it what other processes read" test "$(curl --silent "$api/processes?limit=100" | jq '[.processes[] | select(.pid == 1).read_bytes_total] | first')" -gt 0
  umount /home/alice/data
  restore
}

interval_is() { [[ $(snapshot .interval_seconds) == "$1" ]]; }
# names_fault: the journal after cursor $1 tells where the settings are wrong.
names_fault() { journal --after-cursor="$1" | grep --fixed-strings /etc/tacho/config.yaml:1 | grep --fixed-strings interval; }

test_reload() {
  configure 'interval: 1s'
  systemctl start tacho
  local pid cursor
  pid=$(show MainPID)
  configure 'interval: 2s'
  ok "systemctl reload succeeds" systemctl reload tacho
  ok "reload takes over the settings" eventually 10 interval_is 2
  cursor=$(since)
  configure 'interval: 5'
  systemctl reload tacho
  ok "reload with faulty settings says what is wrong" eventually 5 names_fault "$cursor"
  is "and keeps the earlier ones" "$(snapshot .interval_seconds)" 2
  is "it is the same process" "$(show MainPID) $(show ActiveState)" "$pid active"
  restore
}

# streams_with tells whether $1 of the streams have a line like $2.
streams_with() { [[ $(grep --files-with-matches "$2" /run/stream.* | wc -l) == "$1" ]]; }

test_stop() {
  systemctl start tacho
  local streams=() i began
  for i in {1..50}; do
    curl --silent --no-buffer "$api/stream/load" >"/run/stream.$i" &
    streams+=($!)
  done
  ok "50 streams get events" eventually 10 streams_with 50 '^data: '
  began=${EPOCHREALTIME/./}
  systemctl stop tacho
  ok "it stops in under 5 s while 50 streams are open" test $((${EPOCHREALTIME/./} - began)) -lt 5000000
  wait "${streams[@]}"
  ok "each stream was told goodbye" streams_with 50 '^event: bye'
  is "its exit status is 0" "$(show Result) $(show ExecMainStatus)" "success 0"
  restore
}

restarted() { shows NRestarts 1 && shows ActiveState active; }

test_watchdog() {
  override WatchdogSec=2
  systemctl start tacho
  local pid
  pid=$(show MainPID)
  ok "it keeps the watchdog quiet" not eventually 5 not shows NRestarts 0
  kill -STOP "$pid"
  ok "the watchdog restarts it when it hangs" eventually 20 restarted
  ok "with a process of its own" test "$(show MainPID)" != "$pid"
  ok "that answers" snapshot .seq
  restore
}

test_bad_settings() {
  local cursor
  cursor=$(since)
  configure 'interval: 5'
  ok "faulty settings fail the start" not systemctl start tacho
  ok "the journal names file, line and key" names_fault "$cursor"
  is "they are not tried again" "$(show ActiveState) $(show NRestarts)" "failed 0"
  configure 'interval: 5s'
  ok "once they are mended it starts" systemctl start tacho
  restore
}

test_crash_loop() {
  # An address for documentation, which no machine has.
  configure 'listen: 192.0.2.1:8585' 'allow_remote: true'
  ok "an address that the machine does not have fails the start" not systemctl start tacho
  ok "the journal names it" eval 'journal --lines=20 | grep --fixed-strings 192.0.2.1:8585'
  ok "it is tried again" eventually 10 not shows NRestarts 0
  ok "and given up" eventually 30 shows ActiveState failed
  ok "after five tries at most" test "$(show NRestarts)" -le 5
  restore
}

test_low_port() {
  override "$(snippet ini 2)"
  systemctl start tacho
  ok "with the documented capability it serves on port 80" curl --silent --fail http://127.0.0.1/healthz
  restore
}

# install_socket LINE... installs the socket unit, with changes, and starts it.
install_socket() {
  install -m 644 /src/systemd/tacho.socket /etc/systemd/system/tacho.socket
  mkdir -p /etc/systemd/system/tacho.socket.d
  printf '%s\n' "$@" >/etc/systemd/system/tacho.socket.d/test.conf
  systemctl daemon-reload
  systemctl enable --quiet --now tacho.socket
}

remove_socket() {
  systemctl disable --quiet --now tacho.socket
  rm -rf /etc/systemd/system/tacho.socket /etc/systemd/system/tacho.socket.d
  restore
}

# keep_asking opens a connection for every request until /run/enough is there, and
# notes in /run/answers.$1 how each ends.
keep_asking() {
  until [[ -e /run/enough ]]; do
    curl --silent --max-time 20 --output /dev/null --write-out '%{http_code} %{exitcode}\n' http://127.0.0.1:8585/healthz
  done >"/run/answers.$1"
}

test_socket() {
  install_socket
  is "systemd-analyze verify has no complaint about the socket" "$(systemd-analyze verify tacho.socket 2>&1) status $?" " status 0"
  is "the socket alone starts nothing" "$(show ActiveState)" inactive
  ok "the first connection starts tacho, and is answered" snapshot .seq
  is "with the units as shipped, there is nothing to say about listen" "$(journal | grep --count 'passed')" 0

  local clients=() streams=() i
  rm -f /run/stream.* /run/enough
  for i in 1 2 3; do
    keep_asking "$i" &
    clients+=($!)
  done
  for i in 1 2 3; do
    curl --silent --no-buffer "$api/stream/load" >"/run/stream.$i" &
    streams+=($!)
    eventually 10 streams_with "$i" '^data: '
    systemctl restart tacho
  done
  touch /run/enough
  wait "${clients[@]}" "${streams[@]}"
  is "of the requests during three restarts none fails" "$(sort --unique /run/answers.*)" "200 0"
  ok "and they were many" test "$(cat /run/answers.* | wc -l)" -gt 50
  ok "the streams were told goodbye" streams_with 3 '^event: bye'
  is "each restart was one" "$(show NRestarts) $(show Result) $(systemctl show --property=Result --value tacho.socket)" "0 success success"
  remove_socket
}

# test_socket_address: it is the one that counts, for all that is said and refused.
test_socket_address() {
  local cursor
  cursor=$(since)
  install_socket "$(snippet ini 3)"
  systemctl start tacho
  ok "with the documented change of the socket it serves on port 80" curl --silent --fail http://127.0.0.1/healthz
  ok "the journal says that listen does not count" eval 'journal --after-cursor="$cursor" | grep --fixed-strings 127.0.0.1:80'
  remove_socket

  install_socket '[Socket]' ListenStream= ListenStream=0.0.0.0:8585
  cursor=$(since)
  ok "a socket that other machines reach fails the start" not systemctl start tacho
  ok "the journal names it" eval 'journal --after-cursor="$cursor" | grep --fixed-strings "tacho.socket: 0.0.0.0:8585"'
  ok "and what would allow it" eval 'journal --after-cursor="$cursor" | grep --fixed-strings "allow_remote: true"'
  is "it is not tried again" "$(show ActiveState) $(show ExecMainStatus) $(show NRestarts)" "failed 2 0"
  ok "who connects is refused in the end" not curl --silent --max-time 20 http://127.0.0.1:8585/healthz
  configure 'allow_remote: true'
  systemctl reset-failed tacho
  systemctl restart tacho.socket
  ok "once it is allowed it serves" snapshot .seq
  remove_socket

  install_socket '[Socket]' ListenStream= ListenStream=/run/tacho.sock
  ok "a Unix socket does too" curl --silent --fail --unix-socket /run/tacho.sock http://localhost/healthz
  remove_socket
}

install_tacho
test_start
test_sandbox
test_truth
test_private_mount
test_metrics
test_doctor
test_reload
test_stop
test_watchdog
test_bad_settings
test_crash_loop
test_low_port
test_socket
test_socket_address
finish
