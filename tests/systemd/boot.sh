# shellcheck shell=sh
# For tests that need a machine of their own: a systemd as process 1 of name spaces, over a
# copy-on-write view of a system. Nothing outside them is changed. Sourced behind static/common.sh.

skip() {
	echo "skipped: $*"
	exit 77
}

[ -n "${DTREE_TEST_LONG-}" ] || skip 'set DTREE_TEST_LONG to boot a systemd'
[ "$(id -u)" = 0 ] || skip 'only root makes name spaces with control groups'
need unshare
need nsenter
unshare -m -p -u -i -n -C --fork true 2>/dev/null || skip 'name spaces are refused here'
cgroups=/sys/fs/cgroup
[ "$(stat -fc %T $cgroups)" = cgroup2fs ] || cgroups=$cgroups/unified
[ "$(stat -fc %T $cgroups 2>/dev/null)" = cgroup2fs ] || skip 'no control groups of version 2 here'

work=$(mktemp -d)
former=$cgroups$(sed -n 's/^0:://p' /proc/self/cgroup)
group=$cgroups/dtree-test-$$
process=
finish() {
	[ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
	[ -z "$process" ] || wait "$process" 2>/dev/null || true
	tries=0
	while [ -d "$group" ] && [ $tries -lt 100 ]; do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
		tries=$((tries + 1))
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 99' HUP INT TERM
mkdir "$group" 2>/dev/null || skip "no control group can be made in $cgroups"
mkdir "$work/top" "$work/root" "$work/stage"

first=
inside() {
	nsenter -t "$first" -m -p -u -i -n -C -r -w "$@"
}

# /proc/sys is read-only: systemd would change the settings of the real kernel. No unit of this
# system is started, and none of its devices is seen.
cat >"$work/inside.sh" <<'INSIDE'
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$1/top"
mkdir "$1/top/upper" "$1/top/work"
cp -a "$1/stage/." "$1/top/upper/"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/top/upper,workdir=$1/top/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
for name in null zero full random urandom tty; do
	: >dev/$name
	mount --bind /dev/$name dev/$name
done
mkdir dev/shm dev/pts old
mount -t tmpfs tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires
: >etc/machine-id
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >etc/systemd/journald.conf.d/test.conf
for unit in sysctl modules-load remount-fs binfmt udevd udev-trigger; do
	ln -sf /dev/null etc/systemd/system/systemd-$unit.service
done
for unit in dev-hugepages dev-mqueue sys-kernel-debug sys-kernel-tracing sys-fs-fuse-connections; do
	ln -sf /dev/null etc/systemd/system/$unit.mount
done
pivot_root . old
exec env -i container=dtree-test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . sh -c \
	'umount -l /old; exec /lib/systemd/systemd --unit=basic.target --show-status=false'
INSIDE

# boot DIRECTORY: that system, with what is in $work/stage over it. `inside COMMAND...` runs there.
boot() {
	(
		# The group is entered first, so that it is the root of the new name space.
		sh -c 'echo $PPID' >"$group/cgroup.procs"
		exec setsid unshare -m -p -u -i -n -C --fork --kill-child sh "$work/inside.sh" "$work" "$1"
	) </dev/null >"$work/log" 2>&1 &
	process=$!
	tries=0
	state=
	while [ $tries -lt 600 ]; do
		first=$(tr -d ' ' <"/proc/$process/task/$process/children" 2>/dev/null || true)
		if [ -n "$first" ] && [ "$(cat "/proc/$first/comm" 2>/dev/null)" = systemd ]; then
			state=$(inside systemctl is-system-running 2>/dev/null || true)
			case $state in running | degraded) break ;; esac
		fi
		kill -0 "$process" 2>/dev/null || skip "no systemd can be started here: $(tail -n 3 "$work/log")"
		sleep 0.05
		tries=$((tries + 1))
	done
	case $state in
	running | degraded) ;;
	*) skip "systemd did not start: $state $(tail -n 3 "$work/log")" ;;
	esac
	# unshare itself is no part of the tree of groups inside.
	echo "$process" >"$former/cgroup.procs" 2>/dev/null || true
}
