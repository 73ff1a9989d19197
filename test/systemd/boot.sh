#!/bin/bash
#
# boot.sh boots a Debian with systemd as PID 1, on a machine that itself may run
# any other init, and runs a script in it.
#
# usage: boot.sh [-b SOURCE:TARGET]... [-t SECONDS] SCRIPT
#
#   -b  show SOURCE at TARGET in the booted system, read-only
#   -t  give up after so long (default 300, exit status 124)
#
# SCRIPT runs as root under bash in the booted system. Its output and its exit
# status are those of this command. The system has a network of its own, with
# loopback alone, and all that is written in it is lost when it ends.
#
# Needs root, debootstrap and util-linux. The first boot downloads the system from
# the mirror of the machine's apt sources, into ${XDG_CACHE_HOME:-~/.cache}/tacho-test.
set -euo pipefail
umask 022

packages=systemd,systemd-sysv,dbus,curl,jq,e2fsprogs,procps,nginx-light,caddy

die() {
  echo "boot.sh: $*" >&2
  exit 2
}

# mirror prints the address that apt takes suite $1 from, out of deb822 stanzas
# and out of one-line entries.
mirror() {
  local address
  address=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk -v RS= -v suite="$1" '{
    uri = ""; found = 0
    count = split($0, lines, "\n")
    for (i = 1; i <= count; i++) {
      fields = split(lines[i], field, " ")
      if (field[1] == "URIs:") uri = field[2]
      if (field[1] == "Suites:") for (j = 2; j <= fields; j++) found = found || field[j] == suite
    }
    if (found) { print uri; exit }
  }')
  [[ $address ]] || address=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n "s/^deb \(\[[^]]*\] *\)\?\([^ ]*\) $1 .*/\2/p" | head -n 1)
  [[ $address ]] || die "the apt sources name no mirror of $1"
  echo "$address"
}

# make_tree fills $tree, once for each list of packages. The move at its end is
# what tells a whole tree from one whose download was cut off.
make_tree() {
  local lock address
  exec {lock}>"$cache/lock"
  flock "$lock"
  if [[ ! -d $tree ]]; then
    address=$(mirror "$suite")
    rm -rf "$cache/partial"
    # A daemon that a package starts while it is installed would outlive debootstrap.
    mkdir -p "$cache/partial/usr/sbin"
    printf '#!/bin/sh\nexit 101\n' >"$cache/partial/usr/sbin/policy-rc.d"
    chmod 755 "$cache/partial/usr/sbin/policy-rc.d"
    echo "boot.sh: downloading $suite into $cache" >&2
    debootstrap --variant=minbase --include="$packages" "$suite" "$cache/partial" "$address" \
      >"$cache/debootstrap.log" 2>&1 || { tail "$cache/debootstrap.log" >&2 && exit 1; }
    rm -f "$cache"/partial/var/cache/apt/archives/*.deb "$cache/partial/usr/sbin/policy-rc.d"
    rm -f "$cache"/partial/etc/systemd/system/multi-user.target.wants/{nginx,caddy}.service
    mv "$cache/partial" "$tree"
  fi
  exec {lock}>&-
}

# lay_out builds the root of the system on a tmpfs that only this process sees.
lay_out() {
  mount -t tmpfs -o mode=755 tmpfs "$work"
  mkdir "$work"/{upper,scratch,root,run,cgroup}
  mount -t overlay -o "lowerdir=$tree,upperdir=$work/upper,workdir=$work/scratch" overlay "$work/root"
  # Kept apart from the system's own mounts, so that its journal can be read after its end.
  mount -t tmpfs -o mode=755 tmpfs "$work/run"
  mkdir "$work/run/box"
  mount -t cgroup2 cgroup2 "$work/cgroup"
  mkdir "$cgroup"
  cp "$script" "$work/run/box/script"
  : >"$work/run/box/output"
  local bind target
  for bind in "${binds[@]}"; do
    target=$work/root/${bind#*:}
    if [[ -d ${bind%%:*} ]]; then
      mkdir -p "$target"
    else
      mkdir -p "$(dirname "$target")"
      : >"$target"
    fi
    mount --bind "${bind%%:*}" "$target"
    mount -o remount,bind,ro "$target"
  done
  # debootstrap leaves the names and the resolver of the machine there.
  echo box >"$work/root/etc/hostname"
  printf '127.0.0.1 localhost box\n::1 localhost\n' >"$work/root/etc/hosts"
  : >"$work/root/etc/resolv.conf"
  box_unit >"$work/root/etc/systemd/system/box.service"
}

# box_unit is the unit that the system boots into. PID 1 ends with its exit status.
box_unit() {
  cat <<'UNIT'
[Unit]
Description=the script of this boot
Wants=multi-user.target
After=multi-user.target
SuccessAction=exit-force
FailureAction=exit-force

[Service]
Type=exec
ExecStart=/bin/bash /run/box/script
StandardOutput=append:/run/box/output
StandardError=inherit
UNIT
}

# devices fills a /dev of its own: what systemd does to it must not reach the
# machine's. Loop devices are shared with the machine; mount(8) takes a free one.
devices() {
  local device name major minor
  mount -t tmpfs -o mode=755,nosuid tmpfs dev
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "dev/$name" c "$major" "$minor"
  done
  mknod -m 600 dev/loop-control c 10 237
  for minor in {0..15}; do mknod -m 600 "dev/loop$minor" b 7 "$minor"; done
  ln -s /proc/self/fd dev/fd
  mkdir dev/shm dev/pts
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
  mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
}

# init becomes PID 1 of the system, in cgroup $1: it runs as PID 1 of fresh namespaces.
init() {
  # Entered before the cgroup namespace, which makes it the root.
  echo 0 >"$1/cgroup.procs"
  cd "$work/root"
  mount -t proc -o nosuid,nodev,noexec proc proc
  # Kernel settings belong to the machine.
  for path in sys sysrq-trigger irq bus; do
    [[ ! -e proc/$path ]] || { mount --bind "proc/$path" "proc/$path" && mount -o remount,bind,ro "proc/$path"; }
  done
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
  mount --move "$work/run" run
  devices
  exec unshare --cgroup /bin/bash -euc '
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
    mkdir -p mnt
    pivot_root . mnt
    umount --lazy /mnt
    # As PID 1 finds it outside a container: services see what is mounted after their start.
    mount --make-rshared /
    exec env --ignore-environment container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      /lib/systemd/systemd --unit=box.service --log-target=journal --show-status=no'
}

# boot runs the system to its end and returns the exit status of its PID 1.
boot() {
  local status=0
  unshare --mount --pid --net --uts --ipc --fork "$self" --init "$cgroup" </dev/null >"$work/console" 2>&1 &
  box=$!
  trap clean_up EXIT
  timeout "$limit" tail --pid="$box" --sleep-interval=0.1 --lines=+1 --follow "$work/run/box/output" || {
    echo "boot.sh: not done after $limit seconds" >&2
    exit 124
  }
  wait "$box" || status=$?
  if [[ ! -s $work/run/box/output ]]; then
    echo "boot.sh: the script printed nothing; what the boot said:" >&2
    cat "$work/console" >&2
    journalctl --directory="$work/run/log/journal" --no-pager --lines=30 >&2 || true
  fi
  return "$status"
}

# clean_up ends a system that was interrupted. Its mounts go with this process, but
# not its cgroups.
clean_up() {
  echo 1 >"$cgroup/cgroup.kill"
  wait "$box" || true
  find "$cgroup" -depth -type d -exec rmdir {} +
}

self=$(realpath "$0")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tacho-test
work=$cache/work
cgroup=$work/cgroup/tacho-test-$$
if [[ ${1:-} == --init ]]; then
  init "$2"
fi

binds=() limit=300
while getopts b:t: option; do
  case $option in
  b) binds+=("$(realpath "${OPTARG%%:*}"):${OPTARG#*:}") ;;
  t) limit=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[[ $# == 1 ]] || die "which script?"
[[ $(id -u) == 0 ]] || die "needs root"
command -v debootstrap >/dev/null || die "needs debootstrap (apt-get install debootstrap)"
if [[ ! ${TACHO_TEST_BOX:-} ]]; then
  arguments=(-t "$limit")
  for bind in "${binds[@]}"; do arguments+=(-b "$bind"); done
  TACHO_TEST_BOX=1 exec unshare --mount --propagation=private "$self" "${arguments[@]}" "$1"
fi

script=$(realpath "$1")
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
tree=$cache/debian-$(echo "$suite $packages" | sha256sum | cut -c1-12)
mkdir -p "$work"
make_tree
lay_out
boot
