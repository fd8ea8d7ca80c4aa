/* The causes of stalls, as they were recorded; test_tcp_cases.c has the kernel show them. */
#include "base/tcp_stall.h"

#include <criterion/criterion.h>

#include "base/mem.h"

TestSuite(tcp_stall, .timeout = 60);

/* Of a connection over loopback: 40 bytes written, 20 of them under way. */
static const struct tcp_end held_sender = {.queued = 40,
                                           .notsent = 20,
                                           .unacked = 1,
                                           .cwnd = 10,
                                           .mss = 32741,
                                           .window = 65536,
                                           .rtt_us = 41,
                                           .min_rtt_us = 12,
                                           .last_sent_ms = 9,
                                           .bytes_sent = 100020,
                                           .bytes_received = 960};
static const struct tcp_end held_receiver = {
    .mss = 32741, .window = 65536, .cwnd = 10, .bytes_sent = 960, .bytes_received = 100020};

static enum tcp_stall judge(const struct tcp_end *sender, const struct tcp_end *receiver)
{
	return tcp_stall_judge(sender, receiver);
}

Test(tcp_stall, a_small_write_behind_a_delayed_acknowledgement_is_named)
{
	cr_assert_eq(judge(&held_sender, &held_receiver), TCP_STALL_NAGLE);
}

/* Each condition alone makes it something else. */
Test(tcp_stall, what_differs_in_one_thing_is_not_named_so)
{
	struct tcp_end s[10];
	struct tcp_end r = held_receiver;

	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = held_sender;
	s[0].notsent = 0;
	s[1].notsent = s[1].mss;
	s[2].unacked = 0;
	s[3].unacked = s[3].cwnd;
	s[4].last_sent_ms = 7;
	s[5].min_rtt_us = 2000;
	s[6].window = 39;
	s[7].disorder = 1;
	s[8].retransmits = 1;
	s[9].lost = 1;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		cr_assert_neq(judge(&s[i], &held_receiver), TCP_STALL_NAGLE, "%zu", i);
	cr_assert_eq(judge(&s[6], &held_receiver), TCP_STALL_WINDOW);
	for (size_t i = 7; i < ARRAY_SIZE(s); i++)
		cr_assert_eq(judge(&s[i], &held_receiver), TCP_STALL_LOST, "%zu", i);
	r.bytes_received--;
	cr_assert_neq(judge(&held_sender, &r), TCP_STALL_NAGLE);
	r = held_receiver;
	r.unread = 1;
	cr_assert_neq(judge(&held_sender, &r), TCP_STALL_NAGLE);
}

Test(tcp_stall, each_has_a_name_and_a_text)
{
	for (int i = 0; i < TCP_STALLS; i++) {
		cr_assert_not_null(tcp_stall_name((enum tcp_stall)i));
		cr_assert_not_null(tcp_stall_text((enum tcp_stall)i));
	}
}
