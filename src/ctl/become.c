/* Owns nothing. */
#include "ctl/become.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "ctl/session.h"

int become(const struct options *o, const char *program, char *const *args, size_t count)
{
	cleanup_free char *path = program_find(program, "../libexec/dtree", PKGLIBEXECDIR);
	cleanup_free const char **argv = mem_new_array(count + 3, sizeof *argv);
	cleanup_free char *why = NULL;
	size_t n = 0;

	argv[n++] = program;
	if (o->json)
		argv[n++] = "--json";
	memcpy(argv + n, args, count * sizeof *argv);
	/* exec does not change the strings. */
	if (path)
		execv(path, (char *const *)argv);
	why = mem_format("the program %s cannot be run: %s", path ? path : program,
	                 path ? strerror(errno) : "it was not found");
	complain(o->json, ERR_INTERNAL, why);
	return STATUS_NO_DAEMON;
}
