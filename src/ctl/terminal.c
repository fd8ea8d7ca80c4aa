/* The shell on a terminal, by libedit. Owns the terminal's mode from open to close. */
#include "ctl/terminal.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "ctl/verbs.h"

#define PROMPT       "> "
#define HISTORY_SIZE 1000

struct terminal {
	struct contact *contact; /* borrowed */
	struct loop *loop;       /* the contact's */
	EditLine *edit;
	History *history;
	char *history_path; /* owned; NULL: nowhere to keep it */
	bool reading;       /* the prompt is on the screen */
	unsigned events;    /* what made the read end */
};

static struct terminal *terminal_of(EditLine *edit)
{
	void *data = NULL;

	el_get(edit, EL_CLIENTDATA, &data);
	return data;
}

static char *prompt_text(EditLine *edit)
{
	static char prompt[] = PROMPT;

	(void)edit;
	return prompt;
}

/* Before the cursor. What has no width is shown by other characters; one is the guess. */
static size_t columns_typed(const struct terminal *t)
{
	const LineInfoW *line = el_wline(t->edit);
	size_t columns = 0;

	for (const wchar_t *c = line->buffer; c < line->cursor; c++) {
		int width = wcwidth(*c);
		columns += width >= 0 ? (size_t)width : 1;
	}
	return columns;
}

/* Takes the prompt and what is typed off the screen before other lines are printed, and puts it
 * back below them. */
static void around_output(void *arg, bool before)
{
	struct terminal *t = arg;
	struct winsize size = {0};
	size_t rows;

	if (!t->reading)
		return;
	if (!before) {
		el_set(t->edit, EL_REFRESH);
		return;
	}
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	rows = size.ws_col ? (strlen(PROMPT) + columns_typed(t)) / size.ws_col : 0;
	if (rows)
		printf("\033[%zuA", rows);
	printf("\r\033[J");
	fflush(stdout);
}

/* One character, while the loop turns. */
static int get_character(EditLine *edit, wchar_t *c)
{
	struct terminal *t = terminal_of(edit);
	mbstate_t state = {0};

	for (;;) {
		char byte;
		size_t used;

		t->loop->input_fd = STDIN_FILENO;
		t->events = contact_turn(t->contact, -1) & ~(unsigned)LOOP_INPUT;
		t->loop->input_fd = -1;
		if (t->events)
			return 0;
		struct pollfd pfd = {STDIN_FILENO, POLLIN, 0};
		if (poll(&pfd, 1, 0) <= 0)
			continue;
		if (read(STDIN_FILENO, &byte, 1) != 1)
			return 0;
		used = mbrtowc(c, &byte, 1, &state);
		if (used == (size_t)-2)
			continue;
		if (used == (size_t)-1) {
			/* Not a character here: the line will say so. */
			*c = L'\xfffd';
		}
		return 1;
	}
}

static bool word_begins(const char *name, const char *text, size_t n)
{
	return strlen(name) >= n && memcmp(name, text, n) == 0;
}

/* Completes the name of a command. */
static unsigned char complete(EditLine *edit, int key)
{
	const LineInfo *line = el_line(edit);
	size_t n = (size_t)(line->cursor - line->buffer);
	const struct verb *match = NULL;
	size_t matches = 0;

	(void)key;
	if (memchr(line->buffer, ' ', n))
		return CC_ERROR;
	for (size_t i = 0; verb_at(i); i++) {
		if (!(verb_at(i)->places & PLACE_SHELL) ||
		    !word_begins(verb_at(i)->name, line->buffer, n))
			continue;
		match = verb_at(i);
		matches++;
	}
	if (matches == 1) {
		char *rest = mem_format("%s ", match->name + n);
		int failed = el_insertstr(edit, rest);
		free(rest);
		return failed < 0 ? CC_ERROR : CC_REFRESH;
	}
	if (matches == 0)
		return CC_ERROR;
	printf("\n");
	for (size_t i = 0; verb_at(i); i++)
		if (verb_at(i)->places & PLACE_SHELL &&
		    word_begins(verb_at(i)->name, line->buffer, n))
			printf("%s  ", verb_at(i)->name);
	printf("\n");
	fflush(stdout);
	return CC_REDISPLAY;
}

/* Makes the directories above a path, for this user only. */
static void make_parents(const char *path)
{
	char *copy = mem_string(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	free(copy);
}

static char *history_file(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && state[0] == '/')
		return mem_format("%s/dtree/history", state);
	if (home && home[0] == '/')
		return mem_format("%s/.local/state/dtree/history", home);
	return NULL;
}

static void history_open(struct terminal *t)
{
	HistEvent event;

	t->history = history_init();
	if (!t->history)
		return;
	history(t->history, &event, H_SETSIZE, HISTORY_SIZE);
	history(t->history, &event, H_SETUNIQUE, 1);
	el_set(t->edit, EL_HIST, history, t->history);
	t->history_path = history_file();
	if (t->history_path)
		history(t->history, &event, H_LOAD, t->history_path);
}

static void history_save(struct terminal *t)
{
	HistEvent event;

	if (t->history_path) {
		make_parents(t->history_path);
		history(t->history, &event, H_SAVE, t->history_path);
	}
	history_end(t->history);
	free(t->history_path);
}

struct terminal *terminal_open(struct contact *contact)
{
	struct terminal *t;
	EditLine *edit;

	setlocale(LC_CTYPE, "");
	edit = el_init("dtreectl", stdin, stdout, stderr);
	if (!edit)
		return NULL;
	t = mem_new(sizeof *t);
	t->contact = contact;
	t->loop = contact->loop;
	t->edit = edit;
	el_set(edit, EL_CLIENTDATA, t);
	el_set(edit, EL_PROMPT, prompt_text);
	el_set(edit, EL_EDITOR, "emacs");
	el_set(edit, EL_SIGNAL, 1);
	el_set(edit, EL_GETCFN, get_character);
	el_set(edit, EL_ADDFN, "dtree-complete", "complete a command", complete);
	el_set(edit, EL_BIND, "\t", "dtree-complete", NULL);
	history_open(t);
	t->loop->around = around_output;
	t->loop->around_arg = t;
	return t;
}

void terminal_close(struct terminal *t)
{
	t->loop->around = NULL;
	if (t->history)
		history_save(t);
	el_end(t->edit);
	free(t);
}

const char *terminal_line(struct terminal *t, size_t *n, unsigned *events)
{
	HistEvent event;
	const char *line;
	int count = 0;

	t->events = 0;
	t->reading = true;
	line = el_gets(t->edit, &count);
	t->reading = false;
	*events = t->events;
	if (!line || count <= 0) {
		printf("\n");
		fflush(stdout);
		return NULL;
	}
	*n = (size_t)count;
	if (t->history && count > 1)
		history(t->history, &event, H_ENTER, line);
	return line;
}
