/* A node's log: whole lines, whatever the writer died of, and whatever is in the file. */
#include "wire/log_ring.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static char dir[] = "/tmp/dtree-ring-XXXXXX";
static char *path;
static struct log_ring *ring;
static struct log_lines lines;

static void set_up(void)
{
	cr_assert(mkdtemp(dir));
	path = mem_format("%s/7", dir);
	ring = log_ring_new(path);
}

static void tear_down(void)
{
	log_ring_free(ring);
	log_lines_free(&lines);
	unlink(path);
	rmdir(dir);
	free(path);
}

TestSuite(log_ring, .init = set_up, .fini = tear_down, .timeout = 120);

static void say(int number)
{
	char text[LOG_RING_LINE];
	/* Lines of many lengths, so that records begin anywhere. */
	size_t n = (size_t)(number * 37 % 900) + 10;

	memset(text, 'a' + number % 26, n);
	snprintf(text, sizeof text, "%08d", number);
	text[8] = ' ';
	log_ring_add(ring, 100 + number % 3, text, n, false);
}

/* Is it what say() says? Its number. */
static int check_line(const struct log_line *line)
{
	char *end;
	int number = (int)strtol(line->text, &end, 10);

	cr_assert_eq(end, line->text + 8);
	cr_assert_eq(line->size, (size_t)(number * 37 % 900) + 10);
	cr_assert_eq(line->pid, 100 + number % 3);
	for (size_t i = 9; i < line->size; i++)
		cr_assert_eq(line->text[i], 'a' + number % 26, "byte %zu of line %d", i, number);
	return number;
}

static void look(void)
{
	struct error err;

	log_lines_free(&lines);
	cr_assert_eq(log_lines_read(path, &lines, &err), 0, "%s", err.text);
}

/* All lines of `lines` are whole, and follow each other up to the one of that number. */
static void check_lines_to(int last)
{
	for (size_t i = 0; i < lines.count; i++) {
		int number = check_line(&lines.items[i]);
		cr_assert_eq(number, last - (int)(lines.count - 1 - i));
		cr_assert_eq(lines.items[i].number, (uint64_t)number);
	}
}

static char *image(void)
{
	char *bytes = mem_new(LOG_RING_SIZE);
	cleanup_close int fd = open(path, O_RDONLY);

	cr_assert_eq(read(fd, bytes, LOG_RING_SIZE), (ssize_t)LOG_RING_SIZE);
	return bytes;
}

static void put(const char *bytes, size_t n)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
}

Test(log_ring, nothing_is_made_before_a_line_and_nothing_there_is_no_line)
{
	cr_expect_eq(access(path, F_OK), -1);
	look();
	cr_expect_eq(lines.count, 0);
	cr_expect_eq(log_lines_position(path), 0);
}

Test(log_ring, lines_are_read_as_they_were_written)
{
	const char odd[] = "\0\xff\t\r tail";
	uint64_t before;

	log_ring_add(ring, 3130, "first", 5, false);
	before = log_lines_position(path);
	log_ring_add(ring, 3131, "", 0, false);
	log_ring_add(ring, 3130, odd, sizeof odd - 1, true);
	look();
	cr_assert_eq(lines.count, 3);
	cr_expect_eq(lines.items[0].number, 1);
	cr_expect_eq(lines.items[0].pid, 3130);
	cr_expect_eq(memcmp(lines.items[0].text, "first", 5), 0);
	cr_expect_eq(lines.items[0].cut, false);
	cr_expect_eq(lines.items[1].size, 0);
	cr_expect_eq(lines.items[2].cut, true);
	cr_expect_eq(lines.items[2].size, sizeof odd - 1);
	cr_expect_eq(memcmp(lines.items[2].text, odd, sizeof odd - 1), 0);
	cr_expect_geq(lines.items[2].time, lines.items[0].time);
	cr_expect_gt(lines.items[0].time, 0);
	cr_expect_neq(log_lines_position(path), before);
	cr_expect_eq(log_lines_position(path), lines.position);
}

Test(log_ring, the_newest_stay_when_it_is_full_and_the_size_stays)
{
	struct stat st;

	for (int i = 1; i <= 5000; i++) {
		say(i);
		if (i % 97 == 0) {
			look();
			check_lines_to(i);
		}
	}
	look();
	cr_expect_gt(lines.count, 400);
	check_lines_to(5000);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_size, (off_t)LOG_RING_SIZE);
}

Test(log_ring, the_next_life_goes_on_behind_the_last)
{
	for (int i = 1; i <= 1234; i++)
		say(i);
	log_ring_free(ring);
	ring = log_ring_new(path);
	for (int i = 1235; i <= 2000; i++)
		say(i);
	look();
	check_lines_to(2000);
	cr_expect_gt(lines.count, 400);
}

/* The writer stores: the tail, the bytes in their order, the head. It may be killed between any two
 * of them. */
static void tear(int number)
{
	cleanup_free char *before = image();
	cleanup_free char *after = NULL;
	cleanup_free char *torn = mem_copy(before, LOG_RING_SIZE);
	struct log_ring_head *head = (struct log_ring_head *)torn;
	const struct log_ring_head *done;
	uint64_t from = head->head;
	uint64_t to;

	say(number);
	after = image();
	done = (const struct log_ring_head *)after;
	to = done->head;
	atomic_store(&head->tail, done->tail);
	for (uint64_t at = from; at < to; at++) {
		size_t byte = sizeof *head + at % LOG_RING_ROOM;
		put(torn, LOG_RING_SIZE);
		look();
		cr_assert_gt(lines.count, 0);
		check_lines_to(number - 1);
		torn[byte] = after[byte];
	}
	atomic_store(&head->head, done->head);
	put(torn, LOG_RING_SIZE);
	look();
	check_lines_to(number);
}

Test(log_ring, a_writer_that_dies_at_any_byte_leaves_whole_lines)
{
	int i;

	for (i = 1; i <= 900; i++)
		say(i);
	/* Lines of all kinds, one of them across the end of the ring. */
	for (; i <= 904; i++)
		tear(i);
	look();
	while (lines.position % LOG_RING_ROOM < LOG_RING_ROOM - 900) {
		say(i++);
		look();
	}
	for (int last = i + 3; i < last; i++)
		tear(i);
}

Test(log_ring, lines_are_whole_while_they_are_written)
{
	pid_t writer = fork();
	int status;
	int seen = 0;

	if (writer == 0) {
		for (int i = 1; i <= 200000; i++)
			say(i);
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		struct error err;
		log_lines_free(&lines);
		/* Only a reader that was overtaken again and again may give up. */
		if (log_lines_read(path, &lines, &err) || !lines.count)
			continue;
		seen++;
		check_lines_to((int)lines.items[lines.count - 1].number);
	}
	cr_expect_eq(status, 0);
	cr_expect_gt(seen, 0);
	look();
	check_lines_to(200000);
}

Test(log_ring, what_is_no_ring_is_refused)
{
	struct error err;
	cleanup_free char *junk = mem_new(LOG_RING_SIZE + 1);

	memset(junk, 0xff, LOG_RING_SIZE + 1);
	put(junk, LOG_RING_SIZE);
	cr_expect_eq(log_lines_read(path, &lines, &err), -1);
	cr_expect(strstr(err.text, "damaged"), "%s", err.text);
	put(junk, LOG_RING_SIZE + 1);
	cr_expect_eq(log_lines_read(path, &lines, &err), -1);
	unlink(path);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_expect_eq(log_lines_read(path, &lines, &err), -1);
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(log_lines_read(path, &lines, &err), -1);
	cr_expect_eq(log_lines_position(path), 0);
	/* Nor is it written to. */
	say(1);
	cr_expect_eq(unlink(path), 0);
}

/* Its writer may be killed, or looked at, before it is whole. */
Test(log_ring, a_file_that_is_being_made_has_no_lines)
{
	cleanup_free char *nothing = mem_new(LOG_RING_SIZE);
	static const size_t sizes[] = {0, 4096, LOG_RING_SIZE};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		put(nothing, sizes[i]);
		look();
		cr_expect_eq(lines.count, 0);
		cr_expect_eq(log_lines_position(path), 0);
	}
	say(1);
	look();
	check_lines_to(1);
	cr_expect_eq(lines.count, 1);
}

/* Whatever stands in it, at a start it is a ring again. */
Test(log_ring, a_damaged_file_is_begun_anew)
{
	cleanup_free char *junk = mem_new(LOG_RING_SIZE);

	for (size_t i = 0; i < LOG_RING_SIZE; i++)
		junk[i] = (char)(i * 31);
	put(junk, LOG_RING_SIZE);
	say(1);
	look();
	cr_expect_eq(lines.count, 1);
	log_ring_free(ring);
	ring = log_ring_new(path);
	put(junk, 100);
	say(1);
	look();
	check_lines_to(1);
	cr_expect_eq(lines.count, 1);
}

Test(log_ring, no_bytes_lead_a_reader_or_the_writer_astray)
{
	cleanup_free char *good = NULL;
	unsigned seed = 7;

	for (int i = 1; i <= 700; i++)
		say(i);
	good = image();
	for (int round = 0; round < 3000; round++) {
		cleanup_close int fd = open(path, O_WRONLY);
		/* The head, or the first records, or anywhere. */
		size_t reach = round % 3 == 0 ? 64 : round % 3 == 1 ? 2048 : LOG_RING_SIZE;
		struct error err;

		for (int i = 0; i < 4; i++) {
			unsigned char byte = (unsigned char)rand_r(&seed);
			off_t at = (off_t)((size_t)rand_r(&seed) % reach);
			cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
		}
		log_lines_free(&lines);
		if (log_lines_read(path, &lines, &err) == 0)
			for (size_t i = 0; i < lines.count; i++) {
				cr_assert_leq(lines.items[i].size, LOG_RING_LINE);
				cr_assert(!memchr(lines.items[i].text, '\n', lines.items[i].size));
			}
		say(701 + round);
		if (round % 50 == 0)
			cr_assert_eq(pwrite(fd, good, LOG_RING_SIZE, 0), (ssize_t)LOG_RING_SIZE);
	}
}

Test(log_ring, a_file_that_was_taken_away_is_made_anew)
{
	say(1);
	unlink(path);
	while (access(path, F_OK)) {
		poll(NULL, 0, 1);
		say(1);
	}
	look();
	cr_expect_geq(lines.count, 1);
	check_line(&lines.items[0]);
}
