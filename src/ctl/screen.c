/*
 * The screen, by ncurses, which writes what has changed, and handles resizing and job control.
 *
 * Owns the terminal from screen_begin() to endwin(), the connection, and the samples. Waits in one
 * place, screen_wait(); dtreed is asked in between, and has SAMPLE_MS to answer.
 */
#include "ctl/screen.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/screen_draw.h"
#include "ctl/session.h"
#include "ctl/signals.h"

#ifdef HAVE_NCURSES
#include <curses.h>
#include <term.h>
/* A macro of term.h. */
#undef lines

/* A tree is drawn again when events come, but not sooner than so, and not later. */
#define SCREEN_PAUSE_MS 200
#define SCREEN_STALE_MS 5000
#define SCREEN_ASK_MS   2000
/* A key that is ESC and no more is known as such after this. */
#define SCREEN_ESCAPE_MS 50

struct screen {
	struct screen_view view;
	const char *path;            /* borrowed */
	struct dtree_client *client; /* owned; NULL: there is none */
	struct sample_bounds bounds; /* of top */
	int64_t delay_ms;            /* of top */
	int64_t next_ms;             /* when dtreed is asked again */
	int64_t asked_ms;            /* when it was asked last */
	int signal_fd;
	int signal; /* that ends it; 0: none */
	bool over;
};

static void screen_lose(struct screen *s, const struct dtree_error *err)
{
	snprintf(s->view.why, sizeof s->view.why, "Trying again: %s", err->text);
	dtree_client_free(s->client);
	s->client = NULL;
}

static void screen_on_event(void *arg, const struct dtree_reply *event)
{
	struct screen *s = arg;
	int64_t soon = s->asked_ms + SCREEN_PAUSE_MS;

	(void)event;
	if (s->next_ms > soon)
		s->next_ms = soon;
}

/* Connects, and asks what is asked once. */
static int screen_connect(struct screen *s, struct dtree_error *err)
{
	struct dtree_reply *reply;
	int code;

	s->client = dtree_client_connect(s->path, err);
	if (!s->client)
		return -1;
	if (s->view.top)
		return sample_ask_bounds(s->client, &s->bounds, err);
	dtree_client_on_event(s->client, screen_on_event, s);
	reply = dtree_client_call(s->client, dtree_request_new("subscribe"), SCREEN_ASK_MS, err);
	code = reply ? dtree_reply_code(reply) : 0;
	if (code)
		*err = (struct dtree_error){.code = code};
	if (code)
		snprintf(err->text, sizeof err->text, "%s", dtree_reply_message(reply));
	dtree_reply_free(reply);
	return reply && !code ? 0 : -1;
}

static int screen_ask_top(struct screen *s, struct dtree_error *err)
{
	struct sample sample = {0};

	if (sample_take(s->client, &s->bounds, &s->view.sample, &sample, err)) {
		sample_free(&sample);
		return -1;
	}
	sample_free(&s->view.sample);
	s->view.sample = sample;
	return 0;
}

static int screen_ask_tree(struct screen *s, struct dtree_error *err)
{
	struct dtree_reply *reply =
	    dtree_client_call(s->client, dtree_request_new("tree"), SCREEN_ASK_MS, err);
	int code = reply ? dtree_reply_code(reply) : 0;

	if (code)
		snprintf(err->text, sizeof err->text, "%s", dtree_reply_message(reply));
	if (reply && !code) {
		buffer_free(&s->view.tree);
		render_tree(&s->view.tree, dtree_reply_result(reply),
		            &(struct style){.lines = true});
	}
	dtree_reply_free(reply);
	return reply && !code ? 0 : -1;
}

/* What is shown is asked for anew. */
static void screen_ask(struct screen *s)
{
	struct dtree_error err = {0};
	int64_t now = clock_ms();

	s->asked_ms = now;
	s->next_ms = now + (s->view.top ? s->delay_ms : SCREEN_STALE_MS);
	if ((!s->client && screen_connect(s, &err)) ||
	    (s->view.top ? screen_ask_top(s, &err) : screen_ask_tree(s, &err))) {
		screen_lose(s, &err);
		s->next_ms = now + 1000;
		return;
	}
	s->view.why[0] = '\0';
}

static void screen_signals(struct screen *s)
{
	int number = signals_take(s->signal_fd);

	s->over |= number != 0;
	if (number && number != SIGINT)
		s->signal = number;
}

/* Waits for a key, for dtreed, and for the time of the next sample. */
static void screen_wait(struct screen *s)
{
	int64_t left = s->next_ms - clock_ms();
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0},
	                       {s->signal_fd, POLLIN, 0},
	                       {s->client ? dtree_client_fd(s->client) : -1, POLLIN, 0}};
	struct dtree_error err;

	if (poll(fds, ARRAY_SIZE(fds), left > 0 ? (int)left : 0) < 0)
		return;
	if (fds[1].revents)
		screen_signals(s);
	/* The terminal is gone. */
	if (fds[0].revents & (POLLHUP | POLLERR))
		s->over = true;
	if (fds[2].revents && dtree_client_process(s->client, &err)) {
		screen_lose(s, &err);
		s->next_ms = clock_ms();
	}
}

/* false: the terminal cannot be used; why is on standard error. */
static bool screen_begin(const char *command, const char *instead)
{
	int error;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fprintf(stderr, "dtreectl: %s needs a terminal; %s\n", command, instead);
		return false;
	}
	setlocale(LC_ALL, "");
	if (setupterm(NULL, STDOUT_FILENO, &error) != OK || !cursor_address) {
		fprintf(stderr, "dtreectl: %s needs a terminal that can place its cursor; %s\n",
		        command, instead);
		return false;
	}
	initscr();
	set_escdelay(SCREEN_ESCAPE_MS);
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(SCREEN_RED, COLOR_RED, -1);
	}
	return true;
}

int screen_run(const char *path, const struct top_options *top)
{
	struct screen s = {.path = path};
	int key;

	if (!screen_begin(top ? "top" : "tree --watch",
	                  top ? "top --batch prints one sample" : "events prints what happens"))
		return STATUS_REFUSED;
	s.signal_fd = signals_open();
	s.view.top = top != NULL;
	if (top) {
		s.delay_ms = top->delay_ms;
		s.view.order = (struct top_view){.sort = top->sort, .filter = s.view.filter};
		memcpy(s.view.filter, top->filter, sizeof s.view.filter);
	}
	while (!s.over) {
		if (clock_ms() >= s.next_ms)
			screen_ask(&s);
		screen_draw(&s.view);
		screen_wait(&s);
		while (!s.over && (key = getch()) != ERR)
			s.over |= screen_key(&s.view, key);
	}
	endwin();
	dtree_client_free(s.client);
	screen_free(&s.view);
	if (s.signal)
		signals_die(s.signal);
	return STATUS_OK;
}

#else

int screen_run(const char *path, const struct top_options *top)
{
	(void)path;
	fprintf(stderr, "dtreectl: %s is not in this build, which has no ncurses; %s\n",
	        top ? "top" : "tree --watch",
	        top ? "top --batch prints one sample" : "events prints what happens");
	return STATUS_REFUSED;
}

#endif
