/* One end of a TCP connection, as the kernel has it (tcp(7), sock_diag(7)). */
#ifndef BASE_TCP_END_H
#define BASE_TCP_END_H

#include <stdint.h>

struct tcp_end {
	uint16_t local; /* ports */
	uint16_t remote;
	uint32_t inode;   /* of the socket */
	uint32_t queued;  /* bytes: written, and not acknowledged yet */
	uint32_t unread;  /* bytes: arrived, and not read by its process */
	uint32_t notsent; /* bytes of those queued */
	uint32_t unacked; /* segments */
	uint32_t cwnd;    /* segments that may be under way */
	uint32_t mss;
	uint32_t window; /* bytes that the other end takes */
	uint32_t rtt_us;
	uint32_t min_rtt_us;
	uint32_t last_sent_ms; /* since data were sent */
	uint32_t lost;         /* segments that count as lost now */
	uint32_t resent;       /* segments, ever */
	uint64_t bytes_sent;
	uint64_t bytes_resent;
	uint64_t bytes_received;
	uint8_t disorder;    /* 0: no loss is suspected (TCP_CA_Open) */
	uint8_t retransmits; /* of the first segment, in a row */
	uint8_t probes;      /* of a closed window, in a row */
};

#endif
