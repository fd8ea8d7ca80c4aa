/* Owns the database. It has a dictionary's table, and is opened like a dictionary. */
#include "floor_store.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/mem.h"
#include "process.h"

/* Different names that are written. */
#define NAMES 1000

struct floor_store {
	sqlite3 *db;
	sqlite3_stmt *put;
};

static int fail(const struct floor_store *store, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "floor: SQLite: %s",
	                 store->db ? sqlite3_errmsg(store->db) : "cannot be opened");
}

static int run(struct floor_store *store, const char *sql, struct error *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) ? fail(store, err) : 0;
}

struct floor_store *floor_store_open(const char *path, struct error *err)
{
	struct floor_store *store = mem_new(sizeof *store);

	if (sqlite3_open(path, &store->db)) {
		fail(store, err);
	} else if (run(store, "PRAGMA locking_mode = EXCLUSIVE", err) == 0 &&
	           run(store, "PRAGMA journal_mode = WAL", err) == 0 &&
	           run(store, "PRAGMA synchronous = FULL", err) == 0 &&
	           run(store,
	               "CREATE TABLE entry (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	               " STRICT, WITHOUT ROWID",
	               err) == 0) {
		if (sqlite3_prepare_v2(store->db,
		                       "INSERT INTO entry VALUES (?1, ?2)"
		                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		                       -1, &store->put, NULL) == SQLITE_OK)
			return store;
		fail(store, err);
	}
	floor_store_close(store);
	return NULL;
}

void floor_store_close(struct floor_store *store)
{
	if (!store)
		return;
	sqlite3_finalize(store->put);
	sqlite3_close(store->db);
	free(store);
}

static int put_one(struct floor_store *store, size_t number, struct error *err)
{
	char name[32];
	int n = snprintf(name, sizeof name, "name%zu", number % NAMES);

	sqlite3_bind_text(store->put, 1, name, n, SQLITE_STATIC);
	sqlite3_bind_int64(store->put, 2, (sqlite3_int64)number);
	if (sqlite3_step(store->put) != SQLITE_DONE)
		return fail(store, err);
	sqlite3_reset(store->put);
	return 0;
}

int floor_store_group(struct floor_store *store, size_t first, size_t count, struct error *err)
{
	if (run(store, "BEGIN IMMEDIATE", err))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (put_one(store, first + i, err))
			return -1;
	return run(store, "COMMIT", err);
}

int floor_store_put(struct floor_store *store, size_t count, size_t group, struct samples *samples,
                    struct error *err)
{
	long long began = process_clock();

	for (size_t done = 0; done < count; done += group) {
		size_t left = count - done;

		if (floor_store_group(store, done, left < group ? left : group, err))
			return -1;
	}
	samples_add(samples, (double)count * 1e9 / (double)(process_clock() - began));
	return 0;
}
