/* Lines from samples and trees. Owns what the view holds. */
#include "ctl/screen_draw.h"

#ifdef HAVE_NCURSES
#include <ctype.h>
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#define SCREEN_ESCAPE 27

static size_t screen_draw_columns(void)
{
	return COLS > 0 ? (size_t)COLS : 0;
}

/* The rows for nodes, or for lines of the tree: below three lines of top, above that of the keys.
 */
static size_t screen_rows(const struct screen_view *v)
{
	int rows = LINES - (v->top ? 4 : 1);

	return rows > 0 ? (size_t)rows : 0;
}

/* A whole line; what is too long is cut. */
static void screen_put(int y, const char *text, attr_t look)
{
	if (y < 0 || y >= LINES)
		return;
	attrset((int)look);
	mvaddnstr(y, 0, text, COLS);
	/* A line that is full has its cursor in the next. */
	if (getcury(stdscr) == y)
		clrtoeol();
	attrset(A_NORMAL);
}

static attr_t screen_bad(void)
{
	return has_colors() ? (attr_t)COLOR_PAIR(SCREEN_RED) : A_BOLD;
}

/* Keeps the selected row on the screen. */
static void screen_scroll(struct screen_view *v, size_t count)
{
	size_t rows = screen_rows(v);

	if (v->chosen >= count)
		v->chosen = count ? count - 1 : 0;
	if (v->chosen < v->first)
		v->first = v->chosen;
	if (rows && v->chosen >= v->first + rows)
		v->first = v->chosen - rows + 1;
	if (v->first + rows > count)
		v->first = count > rows ? count - rows : 0;
}

static void screen_draw_head(const struct screen_view *v)
{
	double rate = 0;
	double cpu = 0;
	int64_t memory = 0;
	size_t bad = 0;
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < v->sample.count; i++) {
		const struct sample_row *row = &v->sample.rows[i];
		rate += row->rate > 0 ? row->rate : 0;
		cpu += row->cpu > 0 ? row->cpu : 0;
		memory += row->memory > 0 ? row->memory : 0;
		bad += strcmp(row->state, "available") != 0;
	}
	text = mem_format("%zu nodes, %zu not available, %.1f requests/s, %.1f%% of a processor, "
	                  "%.1f MiB",
	                  v->sample.count, bad, rate, cpu, (double)memory / 1024 / 1024);
	screen_put(0, text, A_BOLD);
}

static void screen_draw_word(const struct screen_view *v, int y)
{
	cleanup_free char *text = *v->why ? mem_string(v->why)
	                          : *v->filter
	                              ? mem_format("Only with: %s", v->filter)
	                              : mem_format("Sorted by %s%s", top_column_at(v->order.sort),
	                                           v->order.reverse ? ", inverted" : "");

	screen_put(y, text, *v->why ? screen_bad() : A_NORMAL);
}

static void screen_draw_keys(const struct screen_view *v)
{
	cleanup_free char *text =
	    v->typing ? mem_format("Filter: %s_   Enter: done, Esc: none", v->filter)
	    : v->choosing
	        ? mem_format("Sort by: < %s >   Enter: done", top_column_at(v->order.sort))
	        : mem_string(v->top ? "F4 Filter  F6 Sort  P Cpu  M Memory  T Time  R Rate  N Id  "
	                              "I Invert  q Quit"
	                            : "Arrows, PgUp, PgDn: scroll   q Quit");

	screen_put(LINES - 1, text, A_REVERSE);
}

static void screen_draw_top(struct screen_view *v)
{
	size_t count;
	cleanup_free const struct sample_row **rows = top_choose(&v->sample, &v->order, &count);
	size_t shown = screen_rows(v);
	struct buffer line = {0};

	screen_scroll(v, count);
	screen_draw_head(v);
	screen_draw_word(v, 1);
	top_line(&line, NULL, screen_draw_columns());
	buffer_add(&line, "", 1);
	screen_put(2, line.data, A_REVERSE);
	for (size_t i = 0; i < shown; i++) {
		const struct sample_row *row = v->first + i < count ? rows[v->first + i] : NULL;
		bool bad = row && strcmp(row->state, "available") != 0;
		buffer_free(&line);
		if (row)
			top_line(&line, row, screen_draw_columns());
		buffer_add(&line, "", 1);
		screen_put((int)i + 3, line.data,
		           (bad ? screen_bad() : A_NORMAL) |
		               (row && v->first + i == v->chosen ? A_STANDOUT : A_NORMAL));
	}
	buffer_free(&line);
}

static void screen_draw_tree(struct screen_view *v)
{
	const char *at = buffer_size(&v->tree) ? buffer_bytes(&v->tree) : "";
	size_t left = buffer_size(&v->tree);
	size_t rows = screen_rows(v);
	size_t count = left ? 1 : 0;

	for (size_t i = 0; i < left; i++)
		count += at[i] == '\n';
	/* No row is selected: what the keys move is the first one. */
	if (v->first + rows > count)
		v->first = count > rows ? count - rows : 0;
	for (size_t i = 0; left; i++) {
		const char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) : left;
		cleanup_free char *line = mem_copy(at, n);
		bool bad = i > 0 && !strstr(line, " available ");
		if (i >= v->first && i - v->first < rows)
			screen_put((int)(i - v->first), line, bad ? screen_bad() : A_NORMAL);
		at += n + (end != NULL);
		left -= n + (end != NULL);
	}
	if (*v->why)
		screen_draw_word(v, LINES - 2);
}

void screen_draw(struct screen_view *v)
{
	erase();
	if (v->top)
		screen_draw_top(v);
	else
		screen_draw_tree(v);
	screen_draw_keys(v);
	refresh();
}

/* Keys for the filter; any other ends it. */
static void screen_key_filter(struct screen_view *v, int key)
{
	size_t n = strlen(v->filter);

	if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		if (n)
			v->filter[n - 1] = '\0';
	} else if (key >= ' ' && key < 127) {
		if (n + 1 < sizeof v->filter)
			v->filter[n] = (char)key;
	} else {
		v->typing = false;
		if (key == SCREEN_ESCAPE)
			memset(v->filter, 0, sizeof v->filter);
	}
}

static bool screen_is_step(int key, int *step)
{
	*step = key == KEY_RIGHT || key == '>' || key == KEY_F(6) || key == KEY_DOWN ? 1
	        : key == KEY_LEFT || key == '<' || key == KEY_UP                     ? -1
	                                                                             : 0;
	return *step;
}

static void screen_sort(struct screen_view *v, int by)
{
	v->order.sort = (enum top_column)((by + TOP_COLUMNS) % TOP_COLUMNS);
	v->order.reverse = false;
	v->chosen = 0;
}

static bool screen_key_sort(struct screen_view *v, int key)
{
	static const struct {
		int key;
		enum top_column column;
	} keys[] = {
	    {'P', TOP_CPU}, {'M', TOP_MEMORY}, {'T', TOP_MEAN}, {'R', TOP_RATE}, {'N', TOP_ID}};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (toupper(key) == keys[i].key && key < 128) {
			screen_sort(v, (int)keys[i].column);
			return true;
		}
	}
	return false;
}

/* Up and down; what is behind an end is corrected when it is drawn. */
static void screen_move(struct screen_view *v, int key)
{
	size_t *at = v->top ? &v->chosen : &v->first;
	size_t page = screen_rows(v);

	switch (key) {
	case KEY_UP:
		*at -= *at > 0;
		break;
	case KEY_DOWN:
		++*at;
		break;
	case KEY_PPAGE:
		*at -= *at < page ? *at : page;
		break;
	case KEY_NPAGE:
		*at += page;
		break;
	case KEY_HOME:
		*at = 0;
		break;
	case KEY_END:
		/* Far enough: no tree has so many nodes. */
		*at = SIZE_MAX / 2;
		break;
	default:
		break;
	}
}

static void screen_key_top(struct screen_view *v, int key)
{
	int step;

	if (v->choosing) {
		if (screen_is_step(key, &step))
			screen_sort(v, (int)v->order.sort + step);
		else
			v->choosing = false;
		return;
	}
	if (key == KEY_F(4) || key == '\\')
		v->typing = true;
	else if (key == KEY_F(6) || key == '>' || key == '<' || key == '.' || key == ',')
		v->choosing = true;
	else if (key == 'I' || key == 'i')
		v->order.reverse = !v->order.reverse;
	else if (!screen_key_sort(v, key))
		screen_move(v, key);
}

bool screen_key(struct screen_view *v, int key)
{
	if (key == KEY_RESIZE)
		return false;
	if (v->typing) {
		screen_key_filter(v, key);
		return false;
	}
	if (!v->choosing && (key == 'q' || key == 'Q' || key == KEY_F(10)))
		return true;
	if (v->top)
		screen_key_top(v, key);
	else
		screen_move(v, key);
	return false;
}

void screen_free(struct screen_view *v)
{
	sample_free(&v->sample);
	buffer_free(&v->tree);
}
#endif
