/* base/password.c: argon2id with the parameters of security.md 6.3, and a gate: as many at a time
 * as there are cores, sixteen waiting, then RV_BUSY. Memory of 19 MiB each is the point of the gate
 * as much as time. */
#include "base/base.h"

#include <argon2.h>
#include <pthread.h>
#include <unistd.h>

#ifdef RV_SHRUNKEN
enum { MEMORY_KIB = 64, PASSES = 1 }; /* sanitized builds test behaviour, not strength */
#else
enum { MEMORY_KIB = 19456, PASSES = 2 };
#endif
enum { SALT = 16, HASH = 32, WAITING = 16 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_free = PTHREAD_COND_INITIALIZER;
static long running, waiting; /* guarded by gate */

static rv_status enter(struct rv_cx *cx)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    (void)pthread_mutex_lock(&gate);
    if (running >= (cores > 0 ? cores : 1) && waiting >= WAITING) {
        (void)pthread_mutex_unlock(&gate);
        return rv_fail(cx, RV_BUSY, "too many sign-ins at this moment; try again in a few seconds");
    }
    waiting++;
    while (running >= (cores > 0 ? cores : 1))
        (void)pthread_cond_wait(&gate_free, &gate);
    waiting--;
    running++;
    (void)pthread_mutex_unlock(&gate);
    return RV_OK;
}

static void leave(void)
{
    (void)pthread_mutex_lock(&gate);
    running--;
    (void)pthread_cond_signal(&gate_free);
    (void)pthread_mutex_unlock(&gate);
}

rv_status rv_password_hash(struct rv_cx *cx, rv_str password, rv_str *ret)
{
    uint8_t salt[SALT];
    char encoded[256];
    rv_random(salt, sizeof salt);
    RV_TRY(enter(cx));
    int rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, 1, password.p, password.n, salt, sizeof salt,
                                   HASH, encoded, sizeof encoded);
    leave();
    if (rc != ARGON2_OK)
        return rv_fail(cx, RV_BUSY, "the password could not be hashed: %s",
                       argon2_error_message(rc));
    *ret = rv_dup(cx, rv_str_of(encoded));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_password_verify(struct rv_cx *cx, rv_str encoded, rv_str password, bool *ret)
{
    RV_TRY(enter(cx));
    int rc = argon2id_verify(rv_z(cx, encoded), password.p, password.n);
    leave();
    if (rc != ARGON2_OK && rc != ARGON2_VERIFY_MISMATCH)
        return rv_fail(cx, RV_INTERNAL, "a stored password cannot be read: %s",
                       argon2_error_message(rc));
    *ret = rc == ARGON2_OK;
    return RV_OK;
}
