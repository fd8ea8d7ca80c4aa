/* The bare worker: starts, says one word over libzmq, and waits to be killed. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <zmq.h>

int main(int argc, char **argv)
{
	void *context;
	void *up;

	if (argc != 2 || prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() == 1)
		return EXIT_FAILURE;
	context = zmq_ctx_new();
	up = context ? zmq_socket(context, ZMQ_DEALER) : NULL;
	if (!up || zmq_connect(up, argv[1]) || zmq_send(up, "x", 1, 0) < 0)
		return EXIT_FAILURE;
	for (;;)
		pause();
}
