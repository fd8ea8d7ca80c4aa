/* The shell on a terminal, by libedit. Owns the terminal's mode from open to close. */
#include "ctl/terminal.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ctl/complete.h"
#include "ctl/lines.h"
#include "ctl/signals.h"

#define PROMPT "> "
/* So long the tab key waits for dtreed. */
#define ASK_MS 1000

struct terminal {
	struct contact *contact; /* borrowed */
	struct loop *loop;       /* of the contact */
	EditLine *edit;
	struct lines *lines;      /* the history */
	bool reading;             /* the prompt is on the screen */
	size_t columns;           /* of the screen, when the prompt was drawn */
	unsigned events;          /* events of the loop that ended the read */
	enum interrupt interrupt; /* the interrupt that ended it */
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

/* The columns before the cursor. A character without a width is shown by others; it counts as one
 * column. */
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

static size_t screen_columns(void)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	return size.ws_col;
}

/* The rows between the prompt and the cursor on a screen of that many columns. */
static size_t rows_above(const struct terminal *t, size_t columns)
{
	return columns ? (strlen(PROMPT) + columns_typed(t)) / columns : 0;
}

static void terminal_erase(size_t rows)
{
	if (rows)
		printf("\033[%zuA", rows);
	printf("\r\033[J");
	fflush(stdout);
}

/* Removes the prompt and the typed text from the screen before other lines are printed, and draws
 * them again below. */
static void around_output(void *arg, bool before)
{
	struct terminal *t = arg;

	if (!t->reading)
		return;
	if (before)
		terminal_erase(rows_above(t, t->columns));
	else
		el_set(t->edit, EL_REFRESH);
}

/* Draws the prompt and the typed text at the cursor, on the screen as it is now. */
static void terminal_draw(struct terminal *t)
{
	t->columns = screen_columns();
	el_resize(t->edit);
	el_set(t->edit, EL_REFRESH);
}

/* Does this terminal wrap long lines again when its width changes? */
static bool reflows(void)
{
	static const char *const variables[] = {
	    "TMUX",         "VTE_VERSION",      "KITTY_WINDOW_ID",
	    "WT_SESSION",   "KONSOLE_VERSION",  "ALACRITTY_LOG",
	    "WEZTERM_PANE", "ITERM_SESSION_ID", "GHOSTTY_RESOURCES_DIR"};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (getenv(variables[i]))
			return true;
	return false;
}

/* If it is unknown whether the terminal wraps lines again, the smaller number of rows is erased:
 * printed lines never are, but a row of typed text may stay above. */
static void redraw_resized(struct terminal *t)
{
	size_t now = rows_above(t, screen_columns());
	size_t before = rows_above(t, t->columns);

	terminal_erase(reflows() || now < before ? now : before);
	terminal_draw(t);
}

/* Moves the cursor behind the typed text and to the row below. Gives how far it moved. */
static int leave_line(struct terminal *t, const char *mark)
{
	const LineInfoW *line = el_wline(t->edit);
	int forward = (int)(line->lastchar - line->cursor);

	terminal_erase(rows_above(t, t->columns));
	el_cursor(t->edit, forward);
	el_set(t->edit, EL_REFRESH);
	printf("%s\n", mark);
	fflush(stdout);
	return forward;
}

/* Stops the process; the typed text is shown again when it is continued. */
static void stop(struct terminal *t)
{
	int forward = leave_line(t, "");

	el_set(t->edit, EL_PREP_TERM, 0);
	signals_stop();
	el_set(t->edit, EL_PREP_TERM, 1);
	el_cursor(t->edit, -forward);
	terminal_draw(t);
}

/* Other programs may have changed the terminal's mode and screen meanwhile. */
static void redraw_continued(struct terminal *t)
{
	el_set(t->edit, EL_PREP_TERM, 1);
	terminal_erase(0);
	terminal_draw(t);
}

/* Drops a line that was begun; on an empty line the caller decides. true: reading goes on. */
static bool interrupt(struct terminal *t)
{
	const LineInfoW *line = el_wline(t->edit);

	t->interrupt = line->lastchar == line->buffer ? INTERRUPT_EMPTY : INTERRUPT_LINE;
	leave_line(t, "^C");
	return false;
}

/* false: the read ends. */
static bool take_signals(struct terminal *t)
{
	int number;

	while ((number = signals_take(t->loop->signal_fd))) {
		switch (number) {
		case SIGWINCH:
			redraw_resized(t);
			break;
		case SIGTSTP:
			stop(t);
			break;
		case SIGCONT:
			redraw_continued(t);
			break;
		case SIGINT:
			return interrupt(t);
		default:
			t->loop->signal = number;
			return false;
		}
	}
	return true;
}

/* Reads one character while the loop turns. */
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
		if (t->events & LOOP_SIGNAL && take_signals(t))
			t->events &= ~(unsigned)LOOP_SIGNAL;
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
			/* The bytes are no character in this locale: the line shows a
			 * replacement. */
			*c = L'\xfffd';
		}
		return 1;
	}
}

/* Adds what dtreed has; nothing where it cannot be had now. */
static void complete_find(const struct terminal *t, struct completion *all)
{
	const char *method = complete_method(all);
	struct dtree_reply *reply = NULL;

	if (method && t->contact->state == CONTACT_HERE)
		reply =
		    dtree_client_call(t->contact->client, dtree_request_new(method), ASK_MS, NULL);
	complete_result(all, reply ? dtree_reply_result(reply) : NULL);
	dtree_reply_free(reply);
}

static void complete_list(const struct completion *all)
{
	printf("\n");
	for (size_t i = 0; i < all->count; i++)
		printf("%s  ", all->items[i].text);
	printf("\n");
	fflush(stdout);
}

/* Completes the word before the cursor as far as it is sure, and shows what there is where it is
 * not. */
static unsigned char terminal_complete(EditLine *edit, int key)
{
	const LineInfo *line = el_line(edit);
	struct completion all = {0};
	unsigned char did = CC_ERROR;
	size_t common;

	(void)key;
	complete_line(&all, line->buffer, (size_t)(line->cursor - line->buffer));
	complete_find(terminal_of(edit), &all);
	common = complete_common(&all);
	if (all.count == 1 || common > all.word.n) {
		char *rest =
		    mem_format("%s%s", all.items[0].text + all.word.n, all.count == 1 ? " " : "");
		rest[common - all.word.n + (all.count == 1)] = '\0';
		did = el_insertstr(edit, rest) < 0 ? CC_ERROR : CC_REFRESH;
		free(rest);
	} else if (all.count) {
		complete_list(&all);
		did = CC_REDISPLAY;
	}
	complete_free(&all);
	return did;
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
	el_set(edit, EL_GETCFN, get_character);
	el_set(edit, EL_ADDFN, "dtree-complete", "complete a word", terminal_complete);
	el_set(edit, EL_BIND, "\t", "dtree-complete", NULL);
	t->lines = lines_open(edit);
	t->loop->around = around_output;
	t->loop->around_arg = t;
	signals_terminal(t->loop->signal_fd);
	return t;
}

void terminal_close(struct terminal *t)
{
	t->loop->around = NULL;
	lines_close(t->lines);
	el_end(t->edit);
	free(t);
}

const char *terminal_line(struct terminal *t, size_t *n, unsigned *events,
                          enum interrupt *interrupt)
{
	const char *line;
	int count = 0;

	t->events = 0;
	t->interrupt = *interrupt = INTERRUPT_NONE;
	t->columns = screen_columns();
	el_resize(t->edit);
	progress_hold(&t->contact->session->progress, true);
	/* libedit writes the prompt first: the terminal would echo what is typed then, too. */
	el_set(t->edit, EL_PREP_TERM, 1);
	t->reading = true;
	line = el_gets(t->edit, &count);
	t->reading = false;
	progress_hold(&t->contact->session->progress, false);
	*events = t->events;
	*interrupt = t->interrupt;
	if (t->interrupt) {
		*events = 0;
		return NULL;
	}
	if (!line || count <= 0) {
		printf("\n");
		fflush(stdout);
		return NULL;
	}
	*n = (size_t)count;
	if (count > 1)
		lines_add(t->lines, line);
	return line;
}
