/* Owns nothing. */
#include "base/tcp_stall.h"

#include <stdbool.h>

static const struct {
	const char *name;
	const char *text;
} stalls[TCP_STALLS] = {
    [TCP_STALL_NONE] = {"none", "nothing waits"},
    [TCP_STALL_NAGLE] =
        {"nagle",
         "the end of a message waits, by Nagle's algorithm, for an acknowledgement that the "
         "receiver delays: the sender should write each message at once, or set TCP_NODELAY"},
    [TCP_STALL_LOST] = {"loss", "a segment was lost, and is sent again: look at the network"},
    [TCP_STALL_WINDOW] = {"window",
                          "the receiver does not read, and takes no more: look at its process"},
    [TCP_STALL_PEER] = {"peer",
                        "all that was sent has arrived: the receiver takes its time to answer"},
};

static bool is_lossy(const struct tcp_end *s)
{
	return s->disorder || s->retransmits || s->lost;
}

/* The last part of what was written is smaller than a segment, and nothing but what is under way
 * keeps it from being sent. */
static bool is_held_back(const struct tcp_end *s)
{
	return s->notsent > 0 && s->notsent < s->mss && s->unacked > 0 && s->unacked < s->cwnd &&
	       s->last_sent_ms >= s->min_rtt_us / 1000 + TCP_STALL_AFTER_MS;
}

static bool has_all(const struct tcp_end *r, const struct tcp_end *s)
{
	return r->bytes_received >= s->bytes_sent - s->bytes_resent && r->unread == 0;
}

enum tcp_stall tcp_stall_judge(const struct tcp_end *s, const struct tcp_end *r)
{
	if (is_lossy(s))
		return TCP_STALL_LOST;
	if (s->probes || s->window < s->queued)
		return TCP_STALL_WINDOW;
	if (is_held_back(s) && has_all(r, s))
		return TCP_STALL_NAGLE;
	if (!s->notsent && s->bytes_sent && r->bytes_received >= s->bytes_sent - s->bytes_resent)
		return TCP_STALL_PEER;
	return TCP_STALL_NONE;
}

const char *tcp_stall_name(enum tcp_stall stall)
{
	return stalls[stall].name;
}

const char *tcp_stall_text(enum tcp_stall stall)
{
	return stalls[stall].text;
}
