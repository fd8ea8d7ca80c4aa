/* The line of an exec under way, and when it is drawn. */
#include "ctl/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"

#define BAR_CELLS 20
/* Of the text so many bytes are escaped: more than a row has. */
#define TEXT_MAX 1024
/* Of a terminal that does not tell. */
#define COLUMNS 80

#define ERASE "\r\033[K"

/* The columns of a byte of UTF-8: all characters beyond ASCII count as wide ones. */
static size_t progress_width(char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte < 0x80)
		return 1;
	return byte < 0xc0 ? 0 : 2;
}

/* How many bytes of s stand in so many columns. */
static size_t progress_fit(const char *s, size_t n, size_t columns)
{
	size_t used = 0;
	size_t at = 0;

	while (at < n && used + progress_width(s[at]) <= columns)
		used += progress_width(s[at++]);
	return at;
}

/* Adds n bytes of s, cut to so many columns. */
static void progress_add_cut(struct buffer *line, const char *s, size_t n, size_t columns)
{
	static const char dots[] = "...";
	size_t size = sizeof dots - 1;

	if (progress_fit(s, n, columns) == n) {
		buffer_add(line, s, n);
		return;
	}
	if (columns < size)
		size = columns;
	buffer_add(line, s, progress_fit(s, n, columns - size));
	buffer_add(line, dots, size);
}

static void progress_add_share(struct buffer *line, double share, size_t columns)
{
	static const char full[] = "====================";
	int cells;

	if (share > 1)
		share = 1;
	cells = (int)(share * BAR_CELLS);
	if (columns >= PROGRESS_BAR_FROM)
		buffer_format(line, "[%-*.*s] ", BAR_CELLS, cells, full);
	buffer_format(line, "%3d%%", (int)(share * 100));
}

void progress_line(struct buffer *line, const struct dtree_progress *at, size_t columns)
{
	cleanup_free char *text = parse_printable(at->text, strlen(at->text), TEXT_MAX);
	struct buffer whole = {0};

	if (at->total > 0)
		progress_add_share(&whole, at->done / at->total, columns);
	else
		buffer_format(&whole, "%.15g", at->done);
	if (*text)
		buffer_format(&whole, " %s", text);
	progress_add_cut(line, buffer_bytes(&whole), buffer_size(&whole), columns);
	buffer_free(&whole);
}

void progress_open(struct progress *p, bool json)
{
	const char *term = getenv("TERM");

	*p = (struct progress){0};
	p->on = !json && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void progress_close(struct progress *p)
{
	progress_end(p);
	buffer_free(&p->line);
}

/* Best effort: what cannot be shown is missed by nobody. */
static void progress_put(const char *s, size_t n)
{
	ssize_t written = write(STDERR_FILENO, s, n);

	(void)written;
}

static size_t progress_columns(void)
{
	struct winsize size = {0};

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	return size.ws_col ? size.ws_col : COLUMNS;
}

void progress_hide(struct progress *p)
{
	if (!p->shown)
		return;
	progress_put(ERASE, sizeof ERASE - 1);
	p->shown = false;
	p->waits = true;
}

void progress_end(struct progress *p)
{
	progress_hide(p);
	p->waits = false;
}

void progress_hold(struct progress *p, bool held)
{
	progress_end(p);
	p->held = held;
}

/* The terminal is another job's now. */
static bool progress_in_background(void)
{
	pid_t job = tcgetpgrp(STDERR_FILENO);

	return job > 0 && job != getpgrp();
}

void progress_show(void *progress, const struct dtree_progress *at)
{
	struct progress *p = progress;

	if (!p->on || p->held || progress_in_background())
		return;
	buffer_free(&p->line);
	buffer_add_string(&p->line, ERASE);
	/* A row that is full may make the terminal begin another one. */
	progress_line(&p->line, at, progress_columns() - 1);
	p->waits = true;
	progress_draw(p);
}

int progress_wait(const struct progress *p, int wait_ms)
{
	int64_t left;

	if (!p->waits)
		return wait_ms;
	left = p->next_ms - clock_ms();
	if (left < 0)
		left = 0;
	return wait_ms >= 0 && wait_ms < left ? wait_ms : (int)left;
}

void progress_draw(struct progress *p)
{
	int64_t now;

	if (!p->waits)
		return;
	now = clock_ms();
	if (now < p->next_ms)
		return;
	progress_put(buffer_bytes(&p->line), buffer_size(&p->line));
	p->next_ms = now + PROGRESS_PAUSE_MS;
	p->shown = true;
	p->waits = false;
}
