/* Records every change of files below $POWER_CUT_ROOT to $POWER_CUT_LOG; loaded with LD_PRELOAD.

   A record: op, inode, offset, length (4 x u64), lengths of two paths (2 x u32), the paths, then the
   data of a write. System calls that a library makes without libc are not seen, such as those by
   which safetensors creates and renames files; disk.py learns these names at the next write. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, LINK, SYNC, EXCHANGE };

static char root[4096];
static int log_file = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void) {
  const char *name = getenv("POWER_CUT_LOG"), *below = getenv("POWER_CUT_ROOT");
  if (!name || !below) return;
  snprintf(root, sizeof root, "%s", below);
  int file = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  log_file = fcntl(file, F_DUPFD_CLOEXEC, 900);
  syscall(SYS_close, file);
}

static int below_root(const char *path) {
  size_t n = strlen(root);
  return log_file >= 0 && !strncmp(path, root, n) && (path[n] == '/' || !path[n]);
}

static void record(uint64_t op, uint64_t inode, uint64_t offset, uint64_t length, const char *one,
                   const char *two, const void *data) {
  uint64_t head[4] = {op, inode, offset, length};
  uint32_t sizes[2] = {strlen(one), strlen(two)};
  struct iovec parts[5] = {{head, sizeof head},
                           {sizes, sizeof sizes},
                           {(void *)one, sizes[0]},
                           {(void *)two, sizes[1]},
                           {(void *)data, data ? length : 0}};
  syscall(SYS_writev, log_file, parts, 5);
}

static void path_at(int folder, const char *name, char *path) {
  char link[64], base[4096] = "";
  if (name[0] == '/') {
    snprintf(path, 4096, "%s", name);
    return;
  }
  snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
  ssize_t n = readlink(link, base, sizeof base - 1);
  base[n < 0 ? 0 : n] = 0;
  if (snprintf(path, 4096, "%s/%s", base, name) >= 4096) path[0] = 0;
}

static int path_of(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t n = readlink(link, path, 4095);
  path[n < 0 ? 0 : n] = 0;
  return below_root(path);
}

static uint64_t inode_of(int file) {
  struct stat status;
  return fstat(file, &status) ? 0 : status.st_ino;
}

static uint64_t inode_at(const char *path) {
  struct stat status;
  return lstat(path, &status) ? 0 : status.st_ino;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void opened(int file, const char *path, int existed, int truncates) {
  if (file < 0 || !below_root(path)) return;
  if (!existed) record(CREATE, inode_of(file), 0, 0, path, "", NULL);
  else if (truncates) record(TRUNCATE, inode_of(file), 0, 0, "", "", NULL);
}

#define OPEN(name, signature, folder, path, call) \
  int name signature { \
    REAL(name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    char full[4096]; \
    path_at(folder, path, full); \
    if (!below_root(full)) return real call; \
    pthread_mutex_lock(&lock); \
    int existed = inode_at(full) != 0; \
    int file = real call; \
    int error = errno; \
    opened(file, full, existed, flags & O_TRUNC); \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return file; \
  }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path, (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path, (path, flags, mode))
OPEN(openat, (int at, const char *path, int flags, ...), at, path, (at, path, flags, mode))
OPEN(openat64, (int at, const char *path, int flags, ...), at, path, (at, path, flags, mode))

#define FOPEN(name) \
  FILE *name(const char *path, const char *how) { \
    REAL(name); \
    char full[4096]; \
    path_at(AT_FDCWD, path, full); \
    if (how[0] == 'r' || !below_root(full)) return real(path, how); \
    pthread_mutex_lock(&lock); \
    int existed = inode_at(full) != 0; \
    FILE *file = real(path, how); \
    if (file) opened(fileno(file), full, existed, how[0] == 'w'); \
    pthread_mutex_unlock(&lock); \
    return file; \
  }
FOPEN(fopen)
FOPEN(fopen64)

static void wrote(int file, const void *data, ssize_t length, off_t at) {
  char path[4096];
  if (length > 0 && path_of(file, path))
    record(WRITE, inode_of(file), at, length, path, "", data);
}

ssize_t write(int file, const void *data, size_t length) {
  REAL(write);
  pthread_mutex_lock(&lock);
  ssize_t n = real(file, data, length);
  int error = errno;
  if (n > 0 && log_file >= 0) {
    off_t end = lseek(file, 0, SEEK_CUR);
    if (end >= 0) wrote(file, data, n, end - n);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(writev);
  pthread_mutex_lock(&lock);
  ssize_t n = real(file, parts, count), left = n;
  int error = errno;
  off_t end = n > 0 ? lseek(file, 0, SEEK_CUR) : -1;
  for (int i = 0; end >= 0 && i < count && left > 0; i++) {
    ssize_t length = (ssize_t)parts[i].iov_len < left ? (ssize_t)parts[i].iov_len : left;
    wrote(file, parts[i].iov_base, length, end - left);
    left -= length;
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

#define PWRITE(name, type) \
  ssize_t name(int file, const void *data, size_t length, type at) { \
    REAL(name); \
    pthread_mutex_lock(&lock); \
    ssize_t n = real(file, data, length, at); \
    int error = errno; \
    wrote(file, data, n, at); \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return n; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* `call`, then the record; the paths are those before the call. */
#define CHANGE(name, signature, call, before, after) \
  int name signature { \
    REAL(name); \
    char one[4096] = "", two[4096] = ""; \
    (void)two; \
    before; \
    if (!below_root(one)) return real call; \
    pthread_mutex_lock(&lock); \
    int result = real call; \
    int error = errno; \
    if (!result) after; \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return result; \
  }

#define RESIZE(name, type) \
  CHANGE(name, (int file, type length), (file, length), path_of(file, one), \
         record(TRUNCATE, inode_of(file), 0, length, one, "", NULL))
RESIZE(ftruncate, off_t)
RESIZE(ftruncate64, off64_t)

/* With the whole content of a file, as some was written by calls that are not seen, such as mmap. */
static void synced(int file, const char *path) {
  struct stat status;
  if (!fstat(file, &status) && S_ISREG(status.st_mode)) {
    char *data = malloc(status.st_size + 1);
    int reader = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    ssize_t done = 0, n;
    while (reader >= 0 && (n = syscall(SYS_read, reader, data + done, status.st_size - done)) > 0)
      done += n;
    if (reader >= 0) syscall(SYS_close, reader);
    record(TRUNCATE, status.st_ino, 0, done, path, "", NULL);
    record(WRITE, status.st_ino, 0, done, path, "", data);
    free(data);
  }
  record(SYNC, status.st_ino, 0, 0, path, "", NULL);
}

CHANGE(fsync, (int file), (file), path_of(file, one), synced(file, one))
CHANGE(fdatasync, (int file), (file), path_of(file, one), synced(file, one))

CHANGE(rename, (const char *from, const char *to), (from, to),
       (path_at(AT_FDCWD, from, one), path_at(AT_FDCWD, to, two)),
       record(RENAME, 0, 0, 0, one, two, NULL))
CHANGE(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to),
       (path_at(a, from, one), path_at(b, to, two)), record(RENAME, 0, 0, 0, one, two, NULL))
CHANGE(renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
       (a, from, b, to, flags), (path_at(a, from, one), path_at(b, to, two)),
       record(flags & 2 ? EXCHANGE : RENAME, 0, 0, 0, one, two, NULL))
CHANGE(link, (const char *from, const char *to), (from, to),
       (path_at(AT_FDCWD, from, one), path_at(AT_FDCWD, to, two)),
       record(LINK, 0, 0, 0, one, two, NULL))
CHANGE(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags),
       (path_at(a, from, one), path_at(b, to, two)), record(LINK, 0, 0, 0, one, two, NULL))
CHANGE(unlink, (const char *path), (path), path_at(AT_FDCWD, path, one),
       record(UNLINK, 0, 0, 0, one, "", NULL))
CHANGE(rmdir, (const char *path), (path), path_at(AT_FDCWD, path, one),
       record(RMDIR, 0, 0, 0, one, "", NULL))
CHANGE(unlinkat, (int at, const char *path, int flags), (at, path, flags), path_at(at, path, one),
       record(flags & AT_REMOVEDIR ? RMDIR : UNLINK, 0, 0, 0, one, "", NULL))
CHANGE(mkdir, (const char *path, mode_t mode), (path, mode), path_at(AT_FDCWD, path, one),
       record(MKDIR, inode_at(one), 0, 0, one, "", NULL))
CHANGE(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), path_at(at, path, one),
       record(MKDIR, inode_at(one), 0, 0, one, "", NULL))
