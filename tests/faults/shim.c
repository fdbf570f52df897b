/* Test only: preloaded into a child, it makes a fault happen at one certain call of the C library.
 *
 * FAULT_RULES  one rule a line: NAME TAB CALL TAB GLOB TAB FIRST TAB LAST TAB ACTION
 *              NAME    what the log calls it
 *              CALL    open read write fsync close rename link unlink rmdir mkdir stat
 *              GLOB    fnmatch(3) pattern of the path: of the new one where the call has two, of the file's where it
 *                      has a descriptor. `open` is an opening to write or create; `read` one to read.
 *              FIRST, LAST   which matches it acts on, counted from 1 in each process; LAST 0: all that follow
 *              ACTION  log                    only note it
 *                      kill=SIGNAL            send the signal to this process, then go on
 *                      half=SIGNAL            write half of it first (write only)
 *                      late=SIGNAL:MS         send it MS milliseconds later, from a thread
 *                      done=SIGNAL            send it after the call
 *                      fail=ERRNO             don't do it, answer with this error
 *                      lie=ERRNO              do it, and answer with this error all the same
 *                      wait=MS                sleep that many milliseconds, then do it
 *                      clock=SECONDS          from here on the wall clock is so far ahead (behind, if negative)
 * FAULT_LOG    file that each match is appended to: NAME TAB PROCESS-ID TAB COUNT TAB CALL
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOST_RULES 256
#define PATH_BYTES 8192

struct rule {
    const char *name, *call, *glob, *action;
    long first, last, value, milliseconds;
    atomic_long matches;
};

static struct rule rules[MOST_RULES];
static int rule_count;
static int log_file = -1;
static atomic_long clock_ahead;

static const char *field(char **rest)
{
    return strsep(rest, "\t");
}

__attribute__((constructor)) static void read_rules(void)
{
    const char *told = getenv("FAULT_RULES"), *log_path = getenv("FAULT_LOG");
    if (told == NULL || log_path == NULL)
        return;
    char *all = strdup(told), *line;
    while ((line = strsep(&all, "\n")) != NULL && rule_count < MOST_RULES) {
        if (*line == 0)
            continue;
        struct rule *rule = &rules[rule_count++];
        rule->name = field(&line);
        rule->call = field(&line);
        rule->glob = field(&line);
        rule->first = atol(field(&line));
        rule->last = atol(field(&line));
        char *action = strdup(field(&line));
        rule->action = strsep(&action, "=");
        if (action != NULL) {
            rule->value = strtol(action, &action, 10);
            rule->milliseconds = *action == ':' ? atol(action + 1) : 0;
        }
    }
    log_file = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void note(const struct rule *rule, long count)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%s\t%d\t%ld\t%s\n", rule->name, (int)getpid(), count, rule->call);
    syscall(SYS_write, log_file, text, (size_t)length);
}

/* The rule that acts on this call, or NULL. */
static struct rule *match(const char *call, const char *path)
{
    struct rule *acting = NULL;
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if (strcmp(rule->call, call) != 0 || fnmatch(rule->glob, path, 0) != 0)
            continue;
        long count = atomic_fetch_add(&rule->matches, 1) + 1;
        if (count < rule->first || (rule->last != 0 && count > rule->last))
            continue;
        note(rule, count);
        if (strcmp(rule->action, "log") != 0 && acting == NULL)
            acting = rule;
    }
    return acting;
}

static int is_wanted(const char *call)
{
    for (int i = 0; i < rule_count; i++)
        if (strcmp(rules[i].call, call) == 0)
            return 1;
    return 0;
}

/* The path of what is open, at the begin of `path`; its length, or 0. */
static size_t path_of(int descriptor, char path[PATH_BYTES])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_BYTES - 1);
    path[length < 0 ? 0 : length] = 0;
    return length < 0 ? 0 : (size_t)length;
}

static struct rule *match_descriptor(const char *call, int descriptor)
{
    char path[PATH_BYTES];
    return is_wanted(call) && path_of(descriptor, path) > 0 ? match(call, path) : NULL;
}

/* The same for a name that is told beside the descriptor of its folder. */
static struct rule *match_at(const char *call, int folder, const char *name)
{
    char path[PATH_BYTES];
    if (folder == AT_FDCWD || *name == '/' || !is_wanted(call))
        return match(call, name);
    size_t length = path_of(folder, path);
    if (strcmp(name, ".") != 0)
        snprintf(path + length, sizeof path - length, "/%s", name);
    return match(call, path);
}

static void sleep_milliseconds(long milliseconds)
{
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&rest, &rest) != 0)
        ;
}

/* Send this process a signal. To stop, this thread is told: any other may stop later than it goes on. */
static void strike(int number)
{
    if (number == SIGSTOP)
        raise(number);
    else
        kill(getpid(), number);
}

static void *strike_late(void *argument)
{
    const struct rule *rule = argument;
    sleep_milliseconds(rule->milliseconds);
    note(rule, -1);
    strike((int)rule->value);
    return NULL;
}

static int is(const struct rule *rule, const char *action)
{
    return rule != NULL && strcmp(rule->action, action) == 0;
}

/* What a rule does before the call; 1: the call is not to be made, and errno says why. */
static int before(const struct rule *rule)
{
    if (is(rule, "kill"))
        strike((int)rule->value);
    if (is(rule, "wait"))
        sleep_milliseconds(rule->value);
    if (is(rule, "clock"))
        clock_ahead = rule->value;
    if (is(rule, "late")) {
        pthread_t thread;
        pthread_create(&thread, NULL, strike_late, (void *)rule);
        pthread_detach(thread);
    }
    if (is(rule, "fail")) {
        errno = (int)rule->value;
        return 1;
    }
    return 0;
}

/* What a rule does after the call: the answer. */
static long after(const struct rule *rule, long answer)
{
    if (is(rule, "done")) {
        int kept = errno;
        strike((int)rule->value);
        errno = kept;
    }
    if (is(rule, "lie") && answer >= 0) {
        errno = (int)rule->value;
        return -1;
    }
    return answer;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAPPED(found, expression)                                                                                     \
    do {                                                                                                               \
        const struct rule *acting = (found);                                                                           \
        if (before(acting))                                                                                            \
            return -1;                                                                                                 \
        return (int)after(acting, (expression));                                                                       \
    } while (0)

static const char *opening(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0 ? "open" : "read";
}

#define MODE_OF(flags)                                                                                                 \
    mode_t mode = 0;                                                                                                   \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                               \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        mode = va_arg(list, mode_t);                                                                                   \
        va_end(list);                                                                                                  \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags)
    WRAPPED(match(opening(flags), path), REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags)
    WRAPPED(match(opening(flags), path), REAL(open64)(path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE_OF(flags)
    WRAPPED(match_at(opening(flags), folder, path), REAL(openat)(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE_OF(flags)
    WRAPPED(match_at(opening(flags), folder, path), REAL(openat64)(folder, path, flags, mode));
}

static FILE *open_stream(FILE *(*real)(const char *, const char *), const char *path, const char *mode)
{
    struct rule *rule = match(strpbrk(mode, "wa+") != NULL ? "open" : "read", path);
    if (before(rule))
        return NULL;
    FILE *file = real(path, mode);
    if (is(rule, "done"))
        strike((int)rule->value);
    return file;
}

FILE *fopen(const char *path, const char *mode)
{
    return open_stream(REAL(fopen), path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return open_stream(REAL(fopen64), path, mode);
}

static int is_regular(int descriptor)
{
    struct stat there;
    return syscall(SYS_fstat, descriptor, &there) == 0 && S_ISREG(there.st_mode);
}

/* Apart from `write`, whose own frame has to be small. */
__attribute__((noinline)) static ssize_t write_file(int descriptor, const void *bytes, size_t size)
{
    struct rule *rule = match_descriptor("write", descriptor);
    if (before(rule))
        return -1;
    if (is(rule, "half")) {
        syscall(SYS_write, descriptor, bytes, size / 2);
        strike((int)rule->value);
        ssize_t rest = syscall(SYS_write, descriptor, (const char *)bytes + size / 2, size - size / 2);
        return rest < 0 ? rest : (ssize_t)(size / 2) + rest;
    }
    return after(rule, REAL(write)(descriptor, bytes, size));
}

/* Python's signal handler writes to a pipe, on faulthandler's stack of a few KiB: what matching needs would overflow
 * it into the heap. */
ssize_t write(int descriptor, const void *bytes, size_t size)
{
    return is_regular(descriptor) ? write_file(descriptor, bytes, size) : syscall(SYS_write, descriptor, bytes, size);
}

int fsync(int descriptor)
{
    WRAPPED(match_descriptor("fsync", descriptor), REAL(fsync)(descriptor));
}

int close(int descriptor)
{
    WRAPPED(match_descriptor("close", descriptor), REAL(close)(descriptor));
}

int rename(const char *from, const char *to)
{
    WRAPPED(match("rename", to), REAL(rename)(from, to));
}

int renameat(int folder, const char *from, int other, const char *to)
{
    WRAPPED(match_at("rename", other, to), REAL(renameat)(folder, from, other, to));
}

int link(const char *from, const char *to)
{
    WRAPPED(match("link", to), REAL(link)(from, to));
}

int linkat(int folder, const char *from, int other, const char *to, int flags)
{
    WRAPPED(match_at("link", other, to), REAL(linkat)(folder, from, other, to, flags));
}

int unlink(const char *path)
{
    WRAPPED(match("unlink", path), REAL(unlink)(path));
}

int unlinkat(int folder, const char *path, int flags)
{
    WRAPPED(match_at(flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path), REAL(unlinkat)(folder, path, flags));
}

int mkdir(const char *path, mode_t mode)
{
    WRAPPED(match("mkdir", path), REAL(mkdir)(path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    WRAPPED(match_at("mkdir", folder, path), REAL(mkdirat)(folder, path, mode));
}

int stat(const char *path, struct stat *found)
{
    WRAPPED(match("stat", path), REAL(stat)(path, found));
}

int stat64(const char *path, struct stat64 *found)
{
    WRAPPED(match("stat", path), REAL(stat64)(path, found));
}

int fstatat(int folder, const char *path, struct stat *found, int flags)
{
    WRAPPED(match_at("stat", folder, path), REAL(fstatat)(folder, path, found, flags));
}

int fstatat64(int folder, const char *path, struct stat64 *found, int flags)
{
    WRAPPED(match_at("stat", folder, path), REAL(fstatat64)(folder, path, found, flags));
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int answer = (int)syscall(SYS_clock_gettime, which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)
        now->tv_sec += clock_ahead;
    return answer;
}

time_t time(time_t *told)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told != NULL)
        *told = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *told = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    (void)zone;
    return 0;
}
