/* Keeps nothing; what is opened is never closed. */
#include "worker/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/mem.h"
#include "program/value.h"
#include "wire/judgement.h"

static int library_fail(const char *path, const char *why, struct error *err)
{
	return error_set(err, ERR_SERVICE, "library %s: %s", path, why);
}

/* dlopen(3) waits for the writer of a named pipe, and so on. */
static int check_file(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st))
		return library_fail(path, strerror(errno), err);
	return S_ISREG(st.st_mode) ? 0 : library_fail(path, "it is no regular file", err);
}

/* What dlopen(3) says, without the path in front. */
static const char *linker_text(const char *path)
{
	const char *text = dlerror();
	size_t n = strlen(path);

	if (!text)
		return "the dynamic linker does not say why";
	return strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

/* The symbol is data, and as much of it is there as this reads. */
static int check_symbol(const char *path, const struct dtree_service *service, struct error *err)
{
	const ElfW(Sym) *symbol = NULL;
	Dl_info info;
	unsigned char type;
	size_t least;

	if (!dladdr1(service, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
		return library_fail(path, "its " DTREE_PLUGIN_NAME " is not its own", err);
	type = ELF64_ST_TYPE(symbol->st_info); /* the same for both classes */
	if (type != STT_OBJECT && type != STT_NOTYPE)
		return library_fail(path,
		                    "its " DTREE_PLUGIN_NAME " is no data: it is to be a "
		                    "const struct dtree_service",
		                    err);
	/* What has no size was not made by a compiler. */
	least = symbol->st_size >= sizeof service->abi && service->abi == DTREE_SERVICE_ABI
	            ? sizeof *service
	            : sizeof service->abi;
	if (symbol->st_size && symbol->st_size < least)
		return library_fail(path, "its " DTREE_PLUGIN_NAME " is too small", err);
	return 0;
}

static int check_functions(const char *path, const struct dtree_service *s, struct error *err)
{
	const struct {
		const char *name;
		bool there;
	} rows[] = {
	    {"create", s->create}, {"destroy", s->destroy}, {"open", s->open},
	    {"feed", s->feed},     {"finish", s->finish},   {"close", s->close},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].there)
			return error_set(err, ERR_SERVICE, "library %s: it has no function '%s'",
			                 path, rows[i].name);
	return 0;
}

static int check_text(const char *path, const char *what, const char *text, struct error *err)
{
	struct error why;

	if (!text)
		return 0;
	if (strlen(text) > LIBRARY_TEXT_MAX)
		return error_set(err, ERR_SERVICE,
		                 "library %s: its %s has %zu bytes; at most %d are possible", path,
		                 what, strlen(text), LIBRARY_TEXT_MAX);
	return program_value_text(what, text, &why) ? library_fail(path, why.text, err) : 0;
}

/* In an order in which nothing is looked at before it is known what it is. */
static int check_service(const char *path, const struct dtree_service *s, struct error *err)
{
	if (check_symbol(path, s, err))
		return -1;
	if (s->abi != DTREE_SERVICE_ABI)
		return error_set(err, ERR_SERVICE,
		                 "library %s: it is built for ABI %u of services, and this dtree "
		                 "has ABI %d",
		                 path, s->abi, DTREE_SERVICE_ABI);
	if (check_functions(path, s, err) || check_text(path, "summary", s->summary, err))
		return -1;
	return check_text(path, "usage", s->usage, err);
}

const struct dtree_service *library_open(const char *path, struct error *err)
{
	const struct dtree_service *service;
	void *object;

	if (check_file(path, err))
		return NULL;
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		error_set(err, ERR_SERVICE, "library %s: it cannot be opened: %s", path,
		          linker_text(path));
		return NULL;
	}
	service = dlsym(object, DTREE_PLUGIN_NAME);
	if (!service) {
		library_fail(path, "it exports no " DTREE_PLUGIN_NAME, err);
		return NULL;
	}
	return check_service(path, service, err) ? NULL : service;
}

bool library_asked(int argc, char *const argv[])
{
	return argc == 3 && strcmp(argv[1], LIBRARY_OPTION) == 0;
}

void library_judge(const char *path)
{
	const struct dtree_service *service;
	cleanup_free char *answer = NULL;
	struct error err;
	int out;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	inherit_close(STDERR_FILENO + 1);
	inherit_clean_environment();
	/* What the object prints is no part of the answer. */
	out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	service = library_open(path, &err);
	answer =
	    service ? mem_format("%c%s\n%s", LIBRARY_GOOD, service->summary ? service->summary : "",
	                         service->usage ? service->usage : "")
	            : mem_format("%c%s", LIBRARY_BAD, err.text);
	_exit(write(out, answer, strlen(answer) + 1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
