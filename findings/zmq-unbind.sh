#!/bin/sh
# Guess: zmq_unbind() is to a socket what closing the listening descriptor is to a server: nobody new
# comes in, and who is connected stays. So an ipc socket whose file was removed is bound anew by
# zmq_unbind() and zmq_bind().
# Seen: every link that was accepted at that endpoint ends with it, in silence: the peer, which does
# not reconnect, sends with success at first and is heard no more. Without zmq_unbind() a second
# zmq_bind() to the same endpoint succeeds, makes the file anew and serves new peers, and the links
# that were there stay; it costs a descriptor each time.
# Version: observed with libzmq 4.3.4.
. "${0%/*}/common.sh"
pinned libzmq5=4.3.4-6 libzmq3-dev=4.3.4-6

built unbind -l:libzmq.so.5 <<'C'
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static void *router;
static char endpoint[] = "ipc://links";

static void *dealer(void *context)
{
	int never = -1;
	int linger = 0;
	void *d = zmq_socket(context, ZMQ_DEALER);

	zmq_setsockopt(d, ZMQ_RECONNECT_IVL, &never, sizeof never);
	zmq_setsockopt(d, ZMQ_LINGER, &linger, sizeof linger);
	zmq_connect(d, endpoint);
	return d;
}

/* A word there and back. */
static const char *ask(void *d)
{
	int patience = 1000;
	char from[64];
	char word[8];
	int n;

	zmq_setsockopt(router, ZMQ_RCVTIMEO, &patience, sizeof patience);
	zmq_setsockopt(d, ZMQ_RCVTIMEO, &patience, sizeof patience);
	if (zmq_send(d, "q", 1, ZMQ_DONTWAIT) < 0)
		return "cannot send";
	n = zmq_recv(router, from, sizeof from, 0);
	if (n < 0)
		return "not heard";
	zmq_recv(router, word, sizeof word, 0);
	zmq_send(router, from, (size_t)n, ZMQ_SNDMORE);
	zmq_send(router, "a", 1, 0);
	return zmq_recv(d, word, sizeof word, 0) < 0 ? "not answered" : "answered";
}

int main(int argc, char **argv)
{
	int linger = 0;
	void *context = zmq_ctx_new();
	void *first;
	void *second;

	router = zmq_socket(context, ZMQ_ROUTER);
	zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof linger);
	zmq_bind(router, endpoint);
	first = dealer(context);
	printf("before: %s", ask(first));
	unlink("links");
	printf("; without its file: %s", ask(first));
	if (argc > 1 && strcmp(argv[1], "unbind") == 0)
		printf("; unbind %d", zmq_unbind(router, endpoint));
	printf("; bind %d", zmq_bind(router, endpoint));
	second = dealer(context);
	printf("; a new peer: %s", ask(second));
	printf("; the one before: %s\n", ask(first));
	zmq_close(first);
	zmq_close(second);
	zmq_close(router);
	zmq_ctx_term(context);
	return 0;
}
C
cd "$work"
# A moment later the peer has seen the end of its link, and cannot even send.
begin='before: answered; without its file: answered'
same 'unbind and bind' "$begin; unbind 0; bind 0; a new peer: answered; the one before: not heard" \
	"$(timeout 60 ./unbind unbind | sed 's/: cannot send$/: not heard/')"
same 'bind alone' "$begin; bind 0; a new peer: answered; the one before: answered" \
	"$(timeout 60 ./unbind bind)"
verdict
