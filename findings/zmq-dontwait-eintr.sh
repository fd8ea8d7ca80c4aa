#!/bin/sh
# Guess: a call that does not wait is not interrupted: zmq_send() with ZMQ_DONTWAIT sends, or says EAGAIN
# where the peer can take no more. So every other failure is one of the link.
# Seen: it fails with EINTR when a signal comes, whose handler has SA_RESTART, while libzmq looks into its
# mailbox, which it does by a poll(2) with a timeout of 0: the kernel ends that one, too, and restarts none.
# libzmq looks only where a millisecond has passed since it did last, so one call in many thousands meets a
# signal; nothing has been sent, and the same call succeeds when it is made again. Where no signal comes it
# never happens.
# Version: libzmq 4.3.4; Linux 6.18.
. "${0%/*}/common.sh"
pinned libzmq5=4.3.4-6 libzmq3-dev=4.3.4-6

built interrupted -l:libzmq.so.5 <<'C'
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <zmq.h>

static void on_signal(int number)
{
	(void)number;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	long us = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	struct itimerval often = {{0, us}, {0, us}};
	void *context = zmq_ctx_new();
	void *near = zmq_socket(context, ZMQ_PAIR);
	void *far = zmq_socket(context, ZMQ_PAIR);
	long sent = 0;
	long interrupted = 0;
	long others = 0;
	long got = 0;
	double end;
	char word[8];

	zmq_bind(far, "inproc://far");
	zmq_connect(near, "inproc://far");
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (end = now() + 20; now() < end && (!us || interrupted < 3) && (us || sent < 300000);) {
		if (zmq_send(near, "w", 1, ZMQ_DONTWAIT) >= 0)
			sent++;
		else if (errno == EINTR)
			interrupted++;
		else
			others++;
		while (zmq_recv(far, word, sizeof word, ZMQ_DONTWAIT) >= 0)
			got++;
	}
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
	while (got < sent && zmq_recv(far, word, sizeof word, 0) >= 0)
		got++;
	printf("%s, otherwise %ld, lost of what was sent %ld\n",
	       interrupted ? "interrupted" : "never interrupted", others, sent - got);
	return 0;
}
C
same 'without a signal' 'never interrupted, otherwise 0, lost of what was sent 0' \
	"$(timeout 60 "$work/interrupted")"
same 'with one each 50 us' 'interrupted, otherwise 0, lost of what was sent 0' \
	"$(timeout 60 "$work/interrupted" 50)"
verdict
