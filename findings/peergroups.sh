#!/bin/sh
# Guess: SO_PEERGROUPS gives the groups that a peer is in, as `id -G` lists them: enough to ask
# "is it in the group of this socket?".
# Seen: the peer's *supplementary* groups only. Its effective group, which SO_PEERCRED has, is
# missing unless it happens to be a supplementary one too; programs that were started by setpriv,
# systemd with Group=, or setgid have it there alone. A check by SO_PEERGROUPS turns those away whom
# the mode of the socket's file let in. Both must be asked.
# Version: observed on Linux 6.18 (the option is of 4.13).
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

[ "$(id -u)" = 0 ] || { echo 'skipped: not root'; exit 77; }
seen=$(setpriv --regid 4003 --groups 4001,4002 python3 -c '
import socket, struct
ours, _ = socket.socketpair()
groups = ours.getsockopt(socket.SOL_SOCKET, 59, 64)
print(struct.unpack("3i", ours.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[2],
      *struct.unpack(f"{len(groups) // 4}I", groups))')
echo "output: SO_PEERCRED, SO_PEERGROUPS of group 4003 with 4001 and 4002: $seen"
same 'a peer of group 4003 and groups 4001, 4002' '4003 4001 4002' "$seen"
same 'its own group among the groups' no "$(echo "${seen#* }" | grep -qw 4003 && echo yes || echo no)"
verdict
