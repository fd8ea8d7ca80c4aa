/* The empty client: connects, writes one word, reads one, and ends. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "floor_word.h"

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct floor_word word = {.what = FLOOR_ECHO};
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return EXIT_FAILURE;
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
	    write(fd, &word, sizeof word) != (ssize_t)sizeof word ||
	    recv(fd, &word, sizeof word, MSG_WAITALL) != (ssize_t)sizeof word)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
