/*
 * Why an answer does not come over a TCP connection: what the kernel says of its two ends, some
 * milliseconds after the last write, tells a request that is held back from a peer that is slow.
 * Pure.
 */
#ifndef BASE_TCP_STALL_H
#define BASE_TCP_STALL_H

#include "base/tcp_end.h"

enum tcp_stall {
	TCP_STALL_NONE,  /* nothing that waits is seen */
	TCP_STALL_NAGLE, /* a small write waits for an acknowledgement, which the receiver delays */
	TCP_STALL_LOST,  /* a segment is lost, and sent again */
	TCP_STALL_WINDOW, /* the receiver does not read: it takes no more */
	TCP_STALL_PEER,   /* all has arrived: the receiver has not answered yet */
	TCP_STALLS,
};

/* What holds back what `sender` has written to `receiver`. */
enum tcp_stall tcp_stall_judge(const struct tcp_end *sender, const struct tcp_end *receiver);
/* The cause in a word; and a sentence with the remedy. */
const char *tcp_stall_name(enum tcp_stall stall);
const char *tcp_stall_text(enum tcp_stall stall);
/* ms behind the last write, beside the round trip, before a stall of the first kind is known. */
#define TCP_STALL_AFTER_MS 8

#endif
