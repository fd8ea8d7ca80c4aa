/* Invariant: the descriptor is open as long as the kernel has more to say. */
#include "base/tcp_table.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "base/mem.h"

#define STATE_ESTABLISHED 1
#define ANSWER_SIZE       32768
/* Descriptors of a process that are looked at. */
#define DESCRIPTORS_MAX 65536

struct tcp_row {
	struct tcp_end end;
	uint32_t ports; /* see table_ports() */
	UT_hash_handle by_inode;
	UT_hash_handle by_ports;
};

static uint32_t table_ports(uint16_t local, uint16_t remote)
{
	return (uint32_t)local << 16 | remote;
}

static int table_ask(int fd)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} ask = {
	    .head = {.nlmsg_len = sizeof ask,
	             .nlmsg_type = SOCK_DIAG_BY_FAMILY,
	             .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .body = {.sdiag_family = AF_INET,
	             .sdiag_protocol = IPPROTO_TCP,
	             .idiag_ext = 1 << (INET_DIAG_INFO - 1),
	             .idiag_states = 1 << STATE_ESTABLISHED},
	};

	return send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask ? 0 : -1;
}

/* The kernel's struct may be shorter or longer than the one that this was compiled with. */
static void table_take_info(struct tcp_end *end, const void *bytes, size_t size)
{
	struct tcp_info info = {0};

	memcpy(&info, bytes, size < sizeof info ? size : sizeof info);
	end->notsent = info.tcpi_notsent_bytes;
	end->unacked = info.tcpi_unacked;
	end->cwnd = info.tcpi_snd_cwnd;
	end->mss = info.tcpi_snd_mss;
	end->window = info.tcpi_snd_wnd;
	end->rtt_us = info.tcpi_rtt;
	end->min_rtt_us = info.tcpi_min_rtt;
	end->last_sent_ms = info.tcpi_last_data_sent;
	end->lost = info.tcpi_lost;
	end->resent = info.tcpi_total_retrans;
	end->bytes_sent = info.tcpi_bytes_sent;
	end->bytes_resent = info.tcpi_bytes_retrans;
	end->bytes_received = info.tcpi_bytes_received;
	end->disorder = info.tcpi_ca_state;
	end->retransmits = info.tcpi_retransmits;
	end->probes = info.tcpi_probes;
}

/* The attributes behind the struct. */
static void table_take_attributes(struct tcp_end *end, const char *at, size_t left)
{
	struct rtattr head;

	while (left >= sizeof head) {
		memcpy(&head, at, sizeof head);
		if (head.rta_len < sizeof head || head.rta_len > left)
			return;
		if (head.rta_type == INET_DIAG_INFO)
			table_take_info(end, at + RTA_LENGTH(0), head.rta_len - RTA_LENGTH(0));
		if (RTA_ALIGN(head.rta_len) >= left)
			return;
		at += RTA_ALIGN(head.rta_len);
		left -= RTA_ALIGN(head.rta_len);
	}
}

/* Links belong to this user at both ends; what others have, however much, takes no room. */
static bool table_wants(const struct inet_diag_msg *m)
{
	return m->id.idiag_src[0] == htonl(INADDR_LOOPBACK) &&
	       m->id.idiag_dst[0] == htonl(INADDR_LOOPBACK) && m->idiag_uid == geteuid();
}

static void table_take(struct tcp_table *t, const struct nlmsghdr *head)
{
	const struct inet_diag_msg *m = NLMSG_DATA(head);
	size_t size = NLMSG_PAYLOAD(head, 0);
	struct tcp_row *row;

	if (size < sizeof *m || !table_wants(m) || HASH_CNT(by_inode, t->rows) == TCP_TABLE_MAX)
		return;
	row = mem_new(sizeof *row);
	row->end = (struct tcp_end){.local = ntohs(m->id.idiag_sport),
	                            .remote = ntohs(m->id.idiag_dport),
	                            .inode = m->idiag_inode,
	                            .queued = m->idiag_wqueue,
	                            .unread = m->idiag_rqueue};
	row->ports = table_ports(row->end.local, row->end.remote);
	table_take_attributes(&row->end, (const char *)(m + 1), size - sizeof *m);
	HASH_ADD(by_inode, t->rows, end.inode, sizeof row->end.inode, row);
	HASH_ADD(by_ports, t->rows_by_ports, ports, sizeof row->ports, row);
}

/* One answer of the kernel: 1, there is more; 0, it was the last; -1: it refuses, see errno. */
static int table_take_answer(struct tcp_table *t, const char *bytes, size_t size)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)bytes;

	for (; NLMSG_OK(head, size); head = NLMSG_NEXT(head, size)) {
		if (head->nlmsg_type == NLMSG_DONE)
			return 0;
		if (head->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(head))->error;
			return -1;
		}
		table_take(t, head);
	}
	return 1;
}

static int table_open(struct tcp_table *t)
{
	if (t->open)
		return 0;
	t->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	t->open = t->fd >= 0;
	return t->open ? table_ask(t->fd) : -1;
}

static void table_close(struct tcp_table *t)
{
	if (t->open)
		close(t->fd);
	t->open = false;
}

int tcp_table_read_some(struct tcp_table *t, size_t answers, struct error *err)
{
	cleanup_free char *answer = mem_new(ANSWER_SIZE);
	int more = table_open(t) ? -1 : 1;

	while (more > 0 && answers > 0) {
		ssize_t n = recv(t->fd, answer, ANSWER_SIZE, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		more = n < 0 ? -1 : table_take_answer(t, answer, (size_t)n);
		answers--;
	}
	if (more < 0)
		error_set(
		    err, ERR_INTERNAL, "the kernel does not say what becomes of connections: %s%s",
		    strerror(errno), errno == EAFNOSUPPORT ? " (is AF_NETLINK allowed?)" : "");
	if (more <= 0)
		table_close(t);
	return more;
}

int tcp_table_read(struct tcp_table *t, struct error *err)
{
	return tcp_table_read_some(t, SIZE_MAX, err);
}

void tcp_table_free(struct tcp_table *t)
{
	struct tcp_row *row;
	struct tcp_row *next;

	table_close(t);
	HASH_CLEAR(by_ports, t->rows_by_ports);
	HASH_ITER (by_inode, t->rows, row, next) {
		HASH_DELETE(by_inode, t->rows, row);
		free(row);
	}
	*t = (struct tcp_table){0};
}

const struct tcp_end *tcp_table_find(const struct tcp_table *t, pid_t pid, uint16_t remote)
{
	cleanup_free char *path = mem_format("/proc/%d/fd", (int)pid);
	DIR *d = t->rows ? opendir(path) : NULL;
	const struct tcp_end *found = NULL;
	struct dirent *entry;

	for (int n = 0; d && !found && n < DESCRIPTORS_MAX && (entry = readdir(d)); n++) {
		char target[64] = "";
		struct tcp_row *row = NULL;
		uint32_t inode;

		if (readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1) > 0 &&
		    sscanf(target, "socket:[%" SCNu32 "]", &inode) == 1)
			HASH_FIND(by_inode, t->rows, &inode, sizeof inode, row);
		if (row && row->end.remote == remote)
			found = &row->end;
	}
	if (d)
		closedir(d);
	return found;
}

const struct tcp_end *tcp_table_other(const struct tcp_table *t, const struct tcp_end *end)
{
	uint32_t ports = table_ports(end->remote, end->local);
	struct tcp_row *row;

	HASH_FIND(by_ports, t->rows_by_ports, &ports, sizeof ports, row);
	return row ? &row->end : NULL;
}
