/* cli/serve.c: the server's life: open, listen, say where, wait for a signal, drain.
 *
 * Signals are blocked in every thread and taken by the main thread with sigwait: the first ends the
 * server in order, the second at once (security.md 10.1). */
#include "cli/cli.h"

#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void block_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* security.md 1.2. Absent: the first administrator has a password, the set-up is over. */
static rv_status setup_token(struct rv_process *p, rv_str *ret)
{
    *ret = RV_NONE_STR;
    rv_status st = rv_setup_link(&p->cx, ret);
    if (st == RV_CONFLICT) {
        rv_error_clear(&p->cx);
        return RV_OK;
    }
    return st;
}

/* Only before the set-up is over: a sample that was removed stays away, and a first start that
 * failed costs nothing. */
static rv_status add_sample(struct rv_process *p)
{
    struct rv_sample_object *there;
    RV_TRY(rv_sample_list(&p->cx, &there));
    return there != NULL ? RV_OK : rv_sample_add(&p->cx);
}

static void print_ready(struct rv_process *p, const struct rv_options *o, rv_str token)
{
    const char *base = rv_z(&p->cx, rv_listener_url(&p->cx));
    printf("Reeve is ready at %s\n", base);
    if (token.p != NULL)
        printf("\n  Set the administrator's password within 15 minutes (the link works once):\n  "
               "%s/setup?token=%.*s\n",
               base, RV_FMT(token));
    printf("\n  Data: %s   Stop with Ctrl-C. 'reeve help' lists the commands.\n", o->data);
    (void)fflush(stdout);
}

static void wait_for_signal(const sigset_t *set)
{
    int sig = 0;
    while (sigwait(set, &sig) != 0)
        continue;
    /* From here on a second signal ends the process as the system does it. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static int give_back_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t from = ((uintptr_t)info->dlpi_addr + h->p_vaddr) & ~(page - 1),
                  to = (uintptr_t)info->dlpi_addr + h->p_vaddr + h->p_memsz;
        if (h->p_type == PT_LOAD && (h->p_flags & PF_W) == 0 && to > from)
            (void)madvise((void *)from, to - from, MADV_DONTNEED); /* a hint: refused is as well */
    }
    return 0;
}

/* What only the start needed: free heap, and pages of code and symbol tables of this program and
 * its libraries, of which most is never looked at again. They are unchanged pages of files (what is
 * writable, and so may hold relocations, is left alone) and come back from the page cache. */
static void give_back(void)
{
    (void)malloc_trim(0);
    (void)dl_iterate_phdr(give_back_object, NULL);
}

static rv_status serve(struct rv_process *p, const struct rv_options *o, const sigset_t *set)
{
    rv_str token;
    RV_TRY(rv_process_open(p, o));
    RV_TRY(rv_live_start(&p->cx, p->router));
    RV_TRY(rv_server_start(&p->cx, &p->app, &p->env.server));
    RV_TRY(rv_process_start(p));
    RV_TRY(setup_token(p, &token));
    if (o->sample && token.p != NULL) /* its mails name the address that is open now, its synchronisation is a job */
        RV_TRY(add_sample(p));
    print_ready(p, o, token);
    rv_log_write(&p->cx, RV_LOG_INFO, "server.ready", "port %d", rv_server_port(p->env.server));
    give_back();
    wait_for_signal(set);
    rv_log_write(&p->cx, RV_LOG_INFO, "server.stopping", "a signal came");
    return RV_OK;
}

rv_status rv_command_serve(struct rv_cx *cx, const struct rv_options *o)
{
    sigset_t set;
    struct rv_process p;
    block_signals(&set);
    rv_status st = serve(&p, o, &set);
    if (st != RV_OK) {
        const struct rv_error *e = rv_error(&p.cx);
        (void)rv_fail(cx, st, "%s", e->message != NULL ? e->message : rv_status_info(st)->help);
        if (e->detail != NULL)
            rv_fail_detail(cx, "%s", e->detail);
    }
    rv_process_close(&p);
    return st;
}
