/*
 * Wraps functions of the C library and libzmq, and lets calls fail as planned (fail.h). Invariant:
 * from the constructor to the end `plan` is shared with the test, or NULL.
 */
#include "fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../support/sanitizer.h"

/* glibc's own names, because dlsym() allocates memory. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static struct fail_plan *plan;
static uint32_t role;
static pid_t parent; /* the process of the constructor */
static bool forks;   /* it is a fork server */

#define LIBRARIES 16
static struct {
	uintptr_t from;
	uintptr_t to;
} libraries[LIBRARIES];
static size_t library_count;

static const char *const library_names[] = {"libzmq", "libev.",  "libstdc++", "libsodium",
                                            "libpgm", "libnorm", "libgssapi", "libkrb5"};

static int note_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	bool found = false;

	(void)size;
	(void)arg;
	for (size_t i = 0; i < sizeof library_names / sizeof *library_names; i++)
		found = found || strstr(info->dlpi_name, library_names[i]);
	for (int i = 0; found && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) ||
		    library_count == LIBRARIES)
			continue;
		libraries[library_count].from = info->dlpi_addr + part->p_vaddr;
		libraries[library_count++].to = info->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 0;
}

/* Finds the role of this process from its command line. */
static void find_role(void)
{
	char text[4096];
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *name;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	name = strrchr(text, '/');
	name = name ? name + 1 : text;
	forks = n > 0 && memmem(text, (size_t)n, "--fork-server", 13);
	role = strcmp(name, "dtreed") == 0         ? FAIL_DTREED
	       : strcmp(name, "dtree-worker") == 0 ? FAIL_WORKER
	                                           : FAIL_TEST;
	parent = getpid();
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv(FAIL_VARIABLE);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	dl_iterate_phdr(note_library, NULL);
	find_role();
	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared != MAP_FAILED)
		plan = shared;
}

void fail_use(struct fail_plan *shared)
{
	plan = shared;
}

static uint32_t my_role(void)
{
	return forks && getpid() == parent ? FAIL_FORKSERVER : role;
}

static void hang(void)
{
	const struct timespec moment = {.tv_nsec = 5000000};

	while (*(volatile uint32_t *)&plan->hang)
		nanosleep(&moment, NULL);
}

/* Must this call fail? Then errno is set. */
static bool fails(enum fail_kind kind)
{
	uint64_t number;

	if (!plan || !plan->role || plan->role != my_role())
		return false;
	number = __atomic_add_fetch(&plan->seen[kind], 1, __ATOMIC_SEQ_CST);
	if (plan->kind != kind || !plan->first || number < plan->first ||
	    number - plan->first >= plan->times)
		return false;
	__atomic_add_fetch(&plan->failed, 1, __ATOMIC_SEQ_CST);
	if (plan->hang) {
		hang();
		return false;
	}
	errno = plan->number;
	return true;
}

/* The C library's present allocations are for a library that may not fail. */
static __thread bool excused;

static bool is_library(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	for (size_t i = 0; i < library_count; i++)
		if (at >= libraries[i].from && at < libraries[i].to)
			return true;
	return excused;
}

/* Allocations of libraries that end the process without memory are counted separately. */
static bool fails_for(const void *caller, enum fail_kind kind)
{
	return fails(is_library(caller) ? FAIL_LIBRARIES : kind);
}

static bool is_file(int fd)
{
	struct stat st;

	return syscall(SYS_fstat, fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Is it a file of the failing disk? */
static bool is_on_disk(int fd)
{
	char name[40];
	char path[sizeof plan->below];
	size_t size = plan ? strlen(plan->below) : 0;
	ssize_t n;

	if (!plan || !is_file(fd))
		return false;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	n = readlink(name, path, sizeof path);
	return n >= 0 && (size_t)n >= size && memcmp(path, plan->below, size) == 0;
}

#define FAILS(kind) (plan && fails_for(__builtin_return_address(0), kind))
#define REAL(name)  ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define PASS(name, ...) \
	do { \
		static __typeof__(&name) real; \
		if (!real) \
			real = REAL(name); \
		return real(__VA_ARGS__); \
	} while (0)

/* A sanitizer has its own memory, processes and threads. */
#if !SANITIZED
void *malloc(size_t size)
{
	return FAILS(FAIL_MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return FAILS(FAIL_MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS(FAIL_MEMORY) ? NULL : __libc_realloc(old, size);
}
#endif

/* Gives a descriptor. */
#define OPENS(type, name, parameters, ...) \
	type name parameters \
	{ \
		if (FAILS(FAIL_OPEN)) \
			return (type)-1; \
		PASS(name, __VA_ARGS__); \
	}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPENS_FILE(name) \
	int name(const char *path, int flags, ...) \
	{ \
		va_list ap; \
		mode_t mode; \
		va_start(ap, flags); \
		mode = mode_of(flags, ap); \
		va_end(ap); \
		if (FAILS(FAIL_OPEN)) \
			return -1; \
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
	}

#define OPENS_AT(name) \
	int name(int dir, const char *path, int flags, ...) \
	{ \
		va_list ap; \
		mode_t mode; \
		va_start(ap, flags); \
		mode = mode_of(flags, ap); \
		va_end(ap); \
		if (FAILS(FAIL_OPEN)) \
			return -1; \
		return (int)syscall(SYS_openat, dir, path, flags, mode); \
	}

/* clang-format off */
OPENS_FILE(open)
OPENS_FILE(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
OPENS(int, socket, (int domain, int type, int protocol), domain, type, protocol)
OPENS(int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags), fd, a, n, flags)
OPENS(int, accept, (int fd, struct sockaddr *a, socklen_t *n), fd, a, n)
OPENS(int, pipe2, (int fds[2], int flags), fds, flags)
/* clang-format on */

int pidfd_open(pid_t pid, unsigned flags)
{
	return FAILS(FAIL_OPEN) ? -1 : (int)syscall(SYS_pidfd_open, pid, flags);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
	return FAILS(FAIL_READ) ? -1 : (ssize_t)syscall(SYS_pread64, fd, bytes, n, at);
}

ssize_t pread64(int fd, void *bytes, size_t n, off64_t at)
{
	return FAILS(FAIL_READ) ? -1 : (ssize_t)syscall(SYS_pread64, fd, bytes, n, at);
}

ssize_t read(int fd, void *bytes, size_t n)
{
	if (plan && is_file(fd) && FAILS(FAIL_READ))
		return -1;
	return (ssize_t)syscall(SYS_read, fd, bytes, n);
}

/* clang-format off */
#define LOOKS(name, type) \
	int name(const char *path, type *st) \
	{ \
		if (FAILS(FAIL_READ)) \
			return -1; \
		PASS(name, path, st); \
	}
LOOKS(lstat, struct stat)
LOOKS(lstat64, struct stat64)
LOOKS(stat, struct stat)
LOOKS(stat64, struct stat64)
/* clang-format on */

int fdatasync(int fd)
{
	return FAILS(FAIL_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return FAILS(FAIL_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return is_on_disk(fd) && FAILS(FAIL_DISK)
	           ? -1
	           : (ssize_t)syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return is_on_disk(fd) && FAILS(FAIL_DISK)
	           ? -1
	           : (ssize_t)syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	bool file = plan && is_file(fd);

	if ((file && is_on_disk(fd) && FAILS(FAIL_DISK)) || (!file && FAILS(FAIL_WRITE)))
		return -1;
	return (ssize_t)syscall(SYS_write, fd, bytes, n);
}

int mkdir(const char *path, mode_t mode)
{
	if (syscall(SYS_faccessat, AT_FDCWD, path, F_OK) && FAILS(FAIL_DISK))
		return -1;
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	return FAILS(FAIL_WRITE) ? -1 : (ssize_t)syscall(SYS_writev, fd, parts, count);
}

/* clang-format off */
ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	if (FAILS(FAIL_WRITE))
		return -1;
	return (ssize_t)syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);
}
/* clang-format on */

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return FAILS(FAIL_WRITE) ? -1 : (ssize_t)syscall(SYS_sendmsg, fd, message, flags);
}

/* A sanitizer has its own memory, processes and threads. */
#if !SANITIZED
pid_t fork(void)
{
	if (FAILS(FAIL_FORK))
		return -1;
	PASS(fork, );
}

/* The same with a copy of the memory, as its caller must not return from a call before it. */
pid_t vfork(void)
{
	return fork();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	static __typeof__(&pthread_create) real;
	bool before;
	int rc;

	if (FAILS(FAIL_FORK))
		return EAGAIN;
	if (!real)
		real = REAL(pthread_create);
	/* libzmq ends the process where it has no thread. */
	before = excused;
	excused = is_library(__builtin_return_address(0));
	rc = real(thread, attr, run, arg);
	excused = before;
	return rc;
}

/* For the fork server's clone(). */
long syscall(long number, ...)
{
	static long (*real)(long, long, long, long, long, long, long);
	va_list ap;
	long a[6];

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (!real)
		real =
		    (long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");
	if ((number == SYS_clone || number == SYS_clone3) && FAILS(FAIL_FORK))
		return -1;
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#endif

/* Functions of libzmq, without its header: a test need not have it. Not those that send and
 * receive: a link ends, but loses no message in between. */
#define ZMQ(type, bad, name, parameters, ...) \
	type name parameters; \
	type name parameters \
	{ \
		static __typeof__(&name) real; \
		type result; \
		if (fails(FAIL_ZMQ)) \
			return bad; \
		if (!real) \
			real = REAL(name); \
		/* Whatever it asks the C library for. */ \
		excused = true; \
		result = real(__VA_ARGS__); \
		excused = false; \
		return result; \
	}

/* clang-format off */
ZMQ(void *, NULL, zmq_ctx_new, (void), )
ZMQ(void *, NULL, zmq_socket, (void *context, int type), context, type)
ZMQ(int, -1, zmq_setsockopt, (void *s, int o, const void *v, size_t n), s, o, v, n)
ZMQ(int, -1, zmq_getsockopt, (void *s, int o, void *v, size_t *n), s, o, v, n)
ZMQ(int, -1, zmq_socket_monitor, (void *s, const char *e, int v), s, e, v)
ZMQ(int, -1, zmq_curve_keypair, (char *p, char *s), p, s)
ZMQ(int, -1, zmq_bind, (void *s, const char *endpoint), s, endpoint)
ZMQ(int, -1, zmq_connect, (void *s, const char *endpoint), s, endpoint)
ZMQ(int, -1, zmq_msg_init_size, (void *m, size_t n), m, n)
ZMQ(int, -1, zmq_msg_init_data, (void *m, void *d, size_t n, void *f, void *h), m, d, n, f, h)
/* clang-format on */
