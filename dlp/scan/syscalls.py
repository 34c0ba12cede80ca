"""System calls by name, with their numbers on x86-64 and on aarch64, and what a reader of files does with them.

Each is `name=x86-64/aarch64`; `-` where a machine has none. Numbers never change: they are the kernel's promise. Those
most used come first, since a filter asks for one after the other.
"""

from __future__ import annotations

from typing import Final

PLAIN: Final = """
read=0/63 pread64=17/67 fstat=5/80 lseek=8/62 close=3/57 recvmsg=47/212 write=1/64 readv=19/65 preadv=295/69
writev=20/66 stat=4/- lstat=6/- newfstatat=262/79 statx=332/291 access=21/- faccessat=269/48 faccessat2=439/439
readlink=89/- readlinkat=267/78 getdents64=217/61 getcwd=79/17 statfs=137/43 fstatfs=138/44 fadvise64=221/223
dup=32/23 dup2=33/- dup3=292/24 close_range=436/436 mmap=9/222 munmap=11/215 mprotect=10/226 mremap=25/216
madvise=28/233 brk=12/214 mincore=27/232 membarrier=324/283 futex=202/98 set_robust_list=273/99
get_robust_list=274/100 rseq=334/293 set_tid_address=218/96 arch_prctl=158/- sched_yield=24/124
sched_getaffinity=204/123 sched_getparam=143/121 sched_getscheduler=145/120 getcpu=309/168 nanosleep=35/101
clock_nanosleep=230/115 clock_gettime=228/113 clock_getres=229/114 gettimeofday=96/169 time=201/- times=100/153
getrusage=98/165 getrlimit=97/163 sysinfo=99/179 uname=63/160 getrandom=318/278 getpid=39/172 gettid=186/178
getppid=110/173 getuid=102/174 geteuid=107/175 getgid=104/176 getegid=108/177 getresuid=118/148
getresgid=120/150 getgroups=115/158 getpgrp=111/- getpgid=121/155 getsid=124/156 rt_sigaction=13/134
rt_sigprocmask=14/135 rt_sigreturn=15/139 rt_sigpending=127/136 rt_sigtimedwait=128/137 rt_sigsuspend=130/133
sigaltstack=131/132 pause=34/- restart_syscall=219/128 setitimer=38/103 getitimer=36/102 alarm=37/- poll=7/-
ppoll=271/73 select=23/- pselect6=270/72 wait4=61/260 umask=95/166 exit=60/93 exit_group=231/94
"""
"""Reading what is open, looking at what has a name, memory, threads' waiting, time, signals of one's own."""

BY_ARGUMENT: Final = """
open=2/- openat=257/56 clone=56/220 kill=62/129 tgkill=234/131 tkill=200/130 fcntl=72/25 ioctl=16/29
prlimit64=302/261 prctl=157/167
"""
"""Needed, and harmful with other arguments; see `dlp.scan.seccomp`."""

REFUSED: Final = """
socket=41/198 socketpair=53/199 connect=42/203 bind=49/200 listen=50/201 accept=43/202 accept4=288/242
sendto=44/206 sendmsg=46/211 sendmmsg=307/269 shutdown=48/210 setsockopt=54/208 fork=57/- vfork=58/-
execve=59/221 execveat=322/281 ptrace=101/117 process_vm_readv=310/270 process_vm_writev=311/271
process_madvise=440/440 kcmp=312/272 pidfd_open=434/434 pidfd_getfd=438/438 pidfd_send_signal=424/424
rt_sigqueueinfo=129/138 rt_tgsigqueueinfo=297/240 creat=85/- truncate=76/45 ftruncate=77/46 fallocate=285/47
mkdir=83/- mkdirat=258/34 mknod=133/- mknodat=259/33 rename=82/- renameat=264/38 renameat2=316/276 link=86/-
linkat=265/37 symlink=88/- symlinkat=266/36 unlink=87/- unlinkat=263/35 rmdir=84/- chmod=90/- fchmod=91/52
fchmodat=268/53 fchmodat2=452/452 chown=92/- fchown=93/55 lchown=94/- fchownat=260/54 utime=132/- utimes=235/-
utimensat=280/88 futimesat=261/- setxattr=188/5 lsetxattr=189/6 fsetxattr=190/7 removexattr=197/14
lremovexattr=198/15 fremovexattr=199/16 chdir=80/49 fchdir=81/50 chroot=161/51 mount=165/40 umount2=166/39
pivot_root=155/41 unshare=272/97 setns=308/268 setuid=105/146 setgid=106/144 setreuid=113/145 setregid=114/143
setresuid=117/147 setresgid=119/149 setgroups=116/159 setpgid=109/154 setsid=112/157 setrlimit=160/164
setpriority=141/140 sched_setaffinity=203/122 sched_setscheduler=144/119 sched_setparam=142/118
open_by_handle_at=304/265 bpf=321/280 perf_event_open=298/241 userfaultfd=323/282 keyctl=250/219
add_key=248/217 request_key=249/218 io_uring_setup=425/425 init_module=175/105 finit_module=313/273
"""
"""What a parser that was taken over would use. It is told that it may not; what stands in none of the three, that
there is no such call: libraries have a way round those, which may be newer than they are."""


def numbers(table: str, machine: str) -> dict[str, int]:
    """Of `x86_64` or `aarch64`."""
    place = ("x86_64", "aarch64").index(machine)
    found = {}
    for entry in table.split():
        name, _, both = entry.partition("=")
        number = both.split("/")[place]
        if number != "-":
            found[name] = int(number)
    return found
