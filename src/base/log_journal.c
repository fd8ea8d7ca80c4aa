/* One socket, connected by path at each line, so that a journal that was started anew gets it too.
 * The form is that of the journal's native protocol: a field a line. */
#include "base/log_journal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

static struct {
	int fd;              /* 0: there is no journal */
	const char *program; /* borrowed */
	struct sockaddr_un address;
} journal;

void log_journal_open(const char *program, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t n = strlen(path);

	if (fd <= 0 || n >= sizeof journal.address.sun_path) {
		mem_cleanup_close(&fd);
		return;
	}
	journal.fd = fd;
	journal.program = program;
	journal.address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(journal.address.sun_path, path, n + 1);
}

void log_journal_close(void)
{
	if (journal.fd)
		close(journal.fd);
	journal.fd = 0;
}

bool log_journal_line(enum log_level level, const char *text, const struct log_field *fields,
                      size_t count)
{
	struct buffer entry = {0};
	bool sent = !strchr(text, '\n');

	if (!journal.fd)
		return false;
	if (level > log_level())
		return true;
	buffer_format(&entry, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", (int)level,
	              journal.program, text);
	for (size_t i = 0; i < count; i++) {
		sent = sent && !strchr(fields[i].value, '\n');
		buffer_format(&entry, "%s=%s\n", fields[i].name, fields[i].value);
	}
	sent =
	    sent && sendto(journal.fd, buffer_bytes(&entry), buffer_size(&entry),
	                   MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&journal.address,
	                   sizeof journal.address) >= 0;
	buffer_free(&entry);
	return sent;
}
