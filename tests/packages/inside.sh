# Installs, upgrades, removes and purges the packages of /opt/former and /opt/new, with a systemd that
# runs. Each step says what holds then.

fail() {
	echo "FAILED: $*"
	journalctl --no-pager -n 40
	exit 1
}

# is WHAT WANTED FOUND
is() {
	[ "$2" = "$3" ] || fail "$1: $3, and not $2"
}

# until_so COMMAND...: waits for its success.
until_so() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || fail "not in time: $*"
		sleep 0.1
	done
}

# packages COMMAND...: dpkg, whose words are in $said.
packages() {
	said=$(DEBIAN_FRONTEND=noninteractive dpkg "$@" 2>&1 </dev/null) || fail "dpkg $*: $said"
}

says() {
	case $said in
	*"$1"*) ;;
	*) fail "dpkg does not say '$1': $said" ;;
	esac
}

blue() {
	dtreectl --socket /run/dtree-blue/control.sock "$@"
}

main() {
	systemctl show -p MainPID --value "$1"
}

states() {
	systemctl is-active dtreed.service dtreed@blue.service | tr '\n' ' '
}

# pids: each node of both trees, its state and its process.
pids() {
	for tree in dtreectl blue; do
		$tree tree | cut -f 1,4,6 | grep '^[0-9]'
	done
}

lives() {
	[ -e "/proc/$1" ]
}

# living PIDS: those of pids that live.
living() {
	for pid in $(echo "$1" | cut -f 3); do
		! lives "$pid" || echo "$pid"
	done
}

# files: all that a package could have made or left.
files() {
	find /etc /usr /var /opt /root /home /srv -xdev | LC_ALL=C sort |
		grep -v '^/var/lib/dpkg/\|^/var/log/\|^/var/cache/\|^/etc/.*-$\|^/etc/ld.so.cache'
}

data() {
	is 'the datum of node 2' 'Ok:2: 5' "$(dtreectl exec 2 X)"
	is 'the datum of blue' 'Ok:1: 7' "$(blue exec 1 Y)"
}

settings=/etc/dtree/dtreed.conf
files >/run/before

echo '# installed'
packages -i /opt/former/*.deb
is 'the service' active "$(systemctl is-active dtreed.service)"
is 'the service at the next start' enabled "$(systemctl is-enabled dtreed.service)"
is 'the socket' disabled "$(systemctl is-enabled dtreed.socket || true)"
is 'the user' dtree "$(stat -c %U /proc/"$(main dtreed.service)")"
is 'the data' 'dtree dtree 700' "$(stat -c '%U %G %a' /var/lib/dtree)"
[ ! -e /etc/systemd/user/default.target.wants/dtreed.service ] || fail 'each user gets a tree'
journalctl --list-catalog | grep -q 'dtree' || fail 'the journal knows no catalogue of dtree'
echo '# smoke tests'
for test in private-tree service exporter python; do
	sh /opt/tests/$test >/run/said 2>&1 || fail "$test: $(cat /run/said)"
done

dtreectl create 1
dtreectl create 2 1 --service dict
dtreectl exec 2 X 5
systemctl enable --quiet --now dtreed@blue.service
blue create 1 --service dict
blue exec 1 Y 7
echo 'max-nodes = 77' >>$settings

echo '# upgraded'
before=$(pids)
is 'nodes' 3 "$(echo "$before" | wc -l)"
exporter=$(main dtree-exporter.service)
former="$(main dtreed.service) $(main dtreed@blue.service)"
packages -i /opt/new/*.deb
is 'the workers' "$before" "$(pids)"
for pid in $former; do
	! lives "$pid" || fail "the former dtreed lives: $pid"
done
is 'the services' 'active active ' "$(states)"
is 'the program' /usr/sbin/dtreed "$(readlink "/proc/$(main dtreed.service)/exe")"
[ "$(main dtree-exporter.service)" != "$exporter" ] || fail 'the former exporter runs'
data
grep -q '^max-nodes = 77$' $settings || fail 'the settings are replaced'
dtreectl status | grep -q '^max_nodes: 77$' || fail 'the settings are not read'
dtreectl status | grep -q '^outdated: 2$' || fail 'the nodes run a new worker already'
dtreectl restart --all
dtreectl status | grep -q '^outdated: 0$' || fail 'the nodes run the former worker still'
data

echo '# where restarts are forbidden'
before=$(main dtreed.service)
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
packages -i /opt/new/dtree_*.deb
is 'dtreed' "$before" "$(main dtreed.service)"
rm /usr/sbin/policy-rc.d

echo '# with a wrong setting'
before=$(pids)
echo 'topology = ring' >>$settings
packages -i /opt/new/dtree_*.deb
says 'dtreed.service does not start'
is 'the service' failed "$(systemctl is-active dtreed.service)"
is 'workers that live' 3 "$(living "$before" | wc -l)"
sed -i '/^topology = ring$/d' $settings
systemctl start dtreed.service
is 'the workers' "$before" "$(pids)"

echo '# removed, with workers that wait for the next dtreed'
echo 'topology = ring' >>$settings
systemctl kill --kill-whom=main --signal=KILL dtreed.service
until_so systemctl --quiet is-failed dtreed.service
is 'workers that live' 3 "$(living "$before" | wc -l)"
packages -r dtree dtree-exporter
is 'workers that live' '' "$(living "$before")"
is 'the services' 'failed inactive ' "$(states)"
[ -e /var/lib/dtree/registry.db ] || fail 'a removal takes the data'
[ -e $settings ] || fail 'a removal takes the settings'
sed -i '/^topology = ring$/d' $settings

echo '# installed again'
packages -i /opt/new/*.deb
is 'the service' active "$(systemctl is-active dtreed.service)"
systemctl start dtreed@blue.service
until_so dtreectl wait 2 --timeout 20
blue wait 1 --timeout 20
data

echo '# removed while it runs'
before=$(pids)
packages -r dtree dtree-exporter
is 'workers that live' '' "$(living "$before")"

echo '# purged'
packages -P dtree dtree-exporter libdtree-dev libdtree1 python3-dtree
says 'removing /var/lib/dtree: the tree, and the data of its nodes'
says 'keeping /var/lib/dtree-blue'
[ -e /var/lib/dtree-blue/registry.db ] || fail 'the data of an instance are gone'
rm -r /var/lib/dtree-blue /etc/systemd/system/multi-user.target.wants/dtreed@blue.service
rmdir /etc/dtree-blue /etc/systemd/system/multi-user.target.wants
files | diff /run/before - || fail 'files are left, or gone'
echo '# nothing is left'
