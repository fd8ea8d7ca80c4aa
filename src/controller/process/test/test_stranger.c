/* Processes that were not started here: they are taken over only if they are the recorded ones. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/mem.h"
#include "controller/process/test/process_fixture.h"

/* Runs in a process that is no child of this one, like a worker of a former dtreed. */
typedef void stranger_fn(void);

static int lives; /* the file of places */
static char *lives_path;
static sem_t thread_is_there;

static void open_lives(void)
{
	char path[] = "/tmp/dtree-lives-XXXXXX";

	lives = mkostemp(path, O_CLOEXEC);
	cr_assert_geq(lives, 0);
	/* Other processes open it again. */
	lives_path = mem_string(path);
}

static void set_up_strangers(void)
{
	set_up();
	open_lives();
}

static void tear_down_strangers(void)
{
	close(lives);
	unlink(lives_path);
	free(lives_path);
	tear_down();
}

TestSuite(stranger, .init = set_up_strangers, .fini = tear_down_strangers, .timeout = 60);

/* Gives its pid once it is ready. */
static pid_t stranger(stranger_fn *prepare, int status)
{
	int out[2];
	pid_t pid = 0;

	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	if (fork() == 0) {
		pid_t child = fork();
		if (child)
			_exit(0);
		if (prepare)
			prepare();
		child = getpid();
		sigset_t term;
		int number;
		sigemptyset(&term);
		sigaddset(&term, SIGTERM);
		sigprocmask(SIG_BLOCK, &term, NULL);
		if (write(out[1], &child, sizeof child) != sizeof child)
			_exit(1);
		sigwait(&term, &number);
		_exit(status);
	}
	close(out[1]);
	cr_assert_eq(read(out[0], &pid, sizeof pid), (ssize_t)sizeof pid);
	close(out[0]);
	wait(NULL);
	return pid;
}

#define PLACE 9

static void take_the_place(void)
{
	int fd = open(lives_path, O_RDWR);

	if (fd < 0 || lock_take(fd, PLACE))
		_exit(1);
}

/* The identity as it would have been recorded. */
static struct identity identity_now(pid_t pid)
{
	cleanup_close int pidfd = pidfd_open(pid, 0);

	cr_assert_geq(pidfd, 0);
	return identity_of(pidfd, pid);
}

/* From /proc/PID/stat, read in another way than by the code under test. */
static uint64_t start_of(pid_t pid)
{
	cleanup_free char *path = mem_format("/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	unsigned long long start = 0;

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f,
	                    "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
	                    "%*d %*d %*d %*d %llu",
	                    &start),
	             1);
	fclose(f);
	return start;
}

static struct process_record record_of(struct identity id)
{
	return (struct process_record){
	    .lives = lives, .place = PLACE, .places = true, .same_boot = true, .id = id};
}

static enum process_found find_as(const struct process_record *record, struct process **p)
{
	struct error err = {0};
	enum process_found found = process_find(all, record, "/nonexistent/socket", &tag, p, &err);

	cr_assert_eq(*p != NULL, found == PROCESS_LIVES || found == PROCESS_APART);
	return found;
}

static enum process_found find(struct identity id, struct process **p)
{
	const struct process_record record = record_of(id);

	return find_as(&record, p);
}

/* Does the kernel give the wait status of other processes? */
static bool kernel_tells(void)
{
	struct utsname name;
	int major = 0;
	int minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 15);
}

static void expect_cause(const char *cause)
{
	await(1);
	cr_assert_str_eq(seen.cause, kernel_tells() ? cause : "unknown");
	cr_assert_eq(seen.tag.incarnation, 3);
}

Test(stranger, whoever_holds_the_place_is_it_whatever_was_written_down)
{
	pid_t pid = stranger(take_the_place, 0);
	const struct identity ids[] = {
	    identity_now(pid), {0}, {.pid = getpid(), .start = 1, .inode = 1}, {.pid = INT32_MAX}};
	struct process *p;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		cr_assert_eq(find(ids[i], &p), PROCESS_LIVES);
		cr_assert_eq(process_pid(p), pid);
		cr_assert_eq(process_identity(p)->start, start_of(pid));
		cr_assert_lt(process_age_ms(p), 60000);
		process_leave(p);
	}
	cr_assert_eq(kill(pid, SIGKILL), 0, "it was harmed");
}

Test(stranger, it_is_found_on_another_run_of_the_machine_as_far_as_we_know)
{
	pid_t pid = stranger(take_the_place, 0);
	struct process_record record = record_of(identity_now(pid));
	struct process *p;

	record.same_boot = false;
	cr_assert_eq(find_as(&record, &p), PROCESS_LIVES);
	process_signal(p, SIGKILL);
	await(1);
}

Test(stranger, its_signal_is_told)
{
	pid_t pid = stranger(take_the_place, 0);
	struct process *p;

	cr_assert_eq(find(identity_now(pid), &p), PROCESS_LIVES);
	process_signal(p, SIGKILL);
	expect_cause("signal 9 (Killed)");
}

Test(stranger, its_exit_status_is_told)
{
	pid_t pid = stranger(take_the_place, 3);
	struct process *p;

	cr_assert_eq(find(identity_now(pid), &p), PROCESS_LIVES);
	process_signal(p, SIGTERM);
	expect_cause("exit status 3");
}

/* Its parent reaps late: a zombie is reported too. */
Test(stranger, that_is_not_reaped_is_told_of_all_the_same)
{
	pid_t pid;
	struct process *p;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = stranger(take_the_place, 5);
	cr_assert_eq(find(identity_now(pid), &p), PROCESS_LIVES);
	process_signal(p, SIGTERM);
	await(1);
	cr_assert_str_eq(seen.cause, "exit status 5");
}

Test(stranger, a_child_that_the_kernel_reaps_is_told_of)
{
	struct process *p;

	signal(SIGCHLD, SIG_IGN);
	p = start("read gate; exit 7");
	process_let_go(p);
	expect_cause("exit status 7");
	signal(SIGCHLD, SIG_DFL);
}

Test(stranger, without_its_place_it_is_apart)
{
	pid_t pid = stranger(NULL, 0);
	struct identity id = identity_now(pid);
	struct process *p;

	cr_assert_eq(find(id, &p), PROCESS_APART);
	process_leave(p);
	id.inode = 0; /* an older kernel */
	cr_assert_eq(find(id, &p), PROCESS_APART);
	process_leave(p);
	cr_assert_eq(kill(pid, SIGKILL), 0, "it was harmed");
}

Test(stranger, one_that_only_has_the_number_is_not)
{
	pid_t pid = stranger(NULL, 0);
	struct identity id = identity_now(pid);
	struct process *p;

	if (id.inode) {
		id.inode++;
		cr_assert_eq(find(id, &p), PROCESS_GONE);
		id.inode = 0;
	}
	id.start++;
	cr_assert_eq(find(id, &p), PROCESS_GONE);
	id.start -= 2;
	cr_assert_eq(find(id, &p), PROCESS_GONE);
	/* Only the number is recorded: a process with a place would hold it. */
	id.start = 0;
	cr_assert_eq(find(id, &p), PROCESS_GONE);
	cr_assert_eq(kill(pid, SIGKILL), 0, "it was harmed");
}

Test(stranger, of_a_former_version_of_which_nothing_can_be_told_is_not_taken_for_dead)
{
	pid_t pid = stranger(NULL, 0);
	struct process_record record = record_of((struct identity){.pid = pid});
	struct process *p;

	record.places = false;
	cr_assert_eq(find_as(&record, &p), PROCESS_FAILED);
	record.id = identity_now(pid);
	cr_assert_eq(find_as(&record, &p), PROCESS_APART);
	process_leave(p);
	record.same_boot = false;
	cr_assert_eq(find_as(&record, &p), PROCESS_GONE);
	cr_assert_eq(kill(pid, SIGKILL), 0, "it was harmed");
}

static void *wait_for_end(void *arg)
{
	*(pid_t *)arg = gettid();
	sem_post(&thread_is_there);
	pause();
	return NULL;
}

Test(stranger, a_number_that_is_a_threads_now_is_nobodys)
{
	struct process_record record = record_of((struct identity){.start = 1, .inode = 1});
	struct process *p;
	pthread_t thread;

	sem_init(&thread_is_there, 0, 0);
	pthread_create(&thread, NULL, wait_for_end, &record.id.pid);
	sem_wait(&thread_is_there);
	cr_assert_eq(find_as(&record, &p), PROCESS_GONE);
	record.places = false;
	cr_assert_eq(find_as(&record, &p), PROCESS_GONE);
}

Test(stranger, one_that_has_ended_is_not)
{
	pid_t pid = fork();
	struct identity id;
	struct process *p;

	if (pid == 0)
		pause();
	id = identity_now(pid);
	kill(pid, SIGKILL);
	/* A zombie still has its pid, its start time and its pidfd. */
	waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
	cr_assert_eq(find(id, &p), PROCESS_GONE);
	waitpid(pid, NULL, 0);
	cr_assert_eq(find(id, &p), PROCESS_GONE);
}

/* Runs in another process id namespace, where the holder has no number. */
static int look_from_outside(void)
{
	const struct process_record record = record_of((struct identity){.pid = 1});
	struct process *p;
	struct error err = {0};

	return process_find(all, &record, "/nonexistent/socket", &tag, &p, &err) == PROCESS_HIDDEN
	           ? 0
	           : 1;
}

Test(stranger, one_that_cannot_be_seen_is_hidden_and_not_dead)
{
	pid_t pid = stranger(take_the_place, 0);
	pid_t viewer = fork();
	int status;

	if (viewer == 0) {
		pid_t inner;
		if (unshare(CLONE_NEWPID))
			_exit(77);
		inner = fork();
		if (inner == 0)
			_exit(look_from_outside());
		waitpid(inner, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	waitpid(viewer, &status, 0);
	kill(pid, SIGKILL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		cr_skip_test("may not make a namespace here");
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}

Test(stranger, a_file_that_cannot_be_asked_tells_of_nobodys_death)
{
	struct process_record record = record_of((struct identity){0});
	struct process *p;

	record.lives = -1;
	cr_assert_eq(find_as(&record, &p), PROCESS_HIDDEN);
}

Test(stranger, those_that_are_left_live_on)
{
	struct processes *others = processes_new(loop, NULL, on_exit_seen, &seen);
	pid_t pid = stranger(take_the_place, 0);
	const struct process_record record = record_of(identity_now(pid));
	struct process *p;
	struct error err;

	cr_assert_eq(process_find(others, &record, "/nonexistent/socket", &tag, &p, &err),
	             PROCESS_LIVES);
	processes_leave(others);
	cr_assert_eq(kill(pid, 0), 0);
	kill(pid, SIGKILL);
}
