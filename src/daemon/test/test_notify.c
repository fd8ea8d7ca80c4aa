/* What the service manager hears. */
#include "daemon/notify.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"

static char dir[] = "/tmp/dtree-notify-XXXXXX";
static char *path;
static int fd;

static void set_up(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	cr_assert(mkdtemp(dir));
	path = mem_format("%s/socket", dir);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, path, strlen(path) + 1);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	setenv("NOTIFY_SOCKET", path, 1);
}

static void tear_down(void)
{
	notify_close();
	close(fd);
	unlink(path);
	rmdir(dir);
	free(path);
}

TestSuite(notify, .init = set_up, .fini = tear_down, .timeout = 60);

static void open_here(void)
{
	struct error err;
	int passed;

	cr_assert_eq(notify_open(true, &passed, &err), 0);
	cr_assert_eq(passed, -1);
}

/* What was said; "" is nothing. Borrowed until the next call. */
static const char *heard(void)
{
	static char text[1000];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

Test(notify, a_state_is_a_line)
{
	open_here();
	notify_ready("all is well");
	cr_expect_str_eq(heard(), "READY=1\nSTATUS=all is well");
	notify_status("as before");
	cr_expect_str_eq(heard(), "STATUS=as before");
}

Test(notify, a_reload_says_since_when)
{
	static const char before[] = "RELOADING=1\nMONOTONIC_USEC=";
	uint64_t now = clock_ns() / 1000;
	const char *said;
	int64_t since;

	open_here();
	notify_reloading();
	said = heard();
	cr_assert_eq(strncmp(said, before, strlen(before)), 0, "%s", said);
	said += strlen(before);
	cr_assert_eq(parse_int64(said, strcspn(said, "\n"), &since), 0);
	cr_expect_geq((uint64_t)since, now);
	cr_expect_leq((uint64_t)since, clock_ns() / 1000);
}

static void watched(const char *usec, const char *pid, int64_t wanted)
{
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	open_here();
	cr_expect_eq(notify_watchdog_ms(), wanted, "%s", usec);
	cr_expect_null(getenv("WATCHDOG_USEC"));
	notify_alive();
	cr_expect_str_eq(heard(), wanted ? "WATCHDOG=1" : "");
	notify_close();
}

Test(notify, a_watchdog_of_this_process_is_fed)
{
	cleanup_free char *own = mem_format("%d", (int)getpid());
	cleanup_free char *other = mem_format("%d", (int)getppid());

	watched("30000000", own, 30000);
	watched("30000000", NULL, 30000);
	watched("30000000", other, 0);
	watched("9999", own, 0);
	watched("-1", own, 0);
	watched("soon", own, 0);
}

Test(notify, without_a_manager_nobody_waits)
{
	setenv("WATCHDOG_USEC", "30000000", 1);
	unsetenv("NOTIFY_SOCKET");
	open_here();
	cr_expect_eq(notify_watchdog_ms(), 0);
	notify_alive();
	notify_reloading();
	cr_expect_str_eq(heard(), "");
}
