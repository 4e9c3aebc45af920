#include "answers.h"

namespace windlass::ops::haproxy::test {

const std::string kStat =
    R"csv(# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,
latency,BACKEND,0,0,0,0,1,0,0,0,0,0,,0,0,0,0,UP,0,0,0,,0,4,,,1,2,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,
identity,FRONTEND,,,0,2,9985,760,84520,87536,0,0,0,,,,,OPEN,,,,,,,,,1,3,0,,,,0,760,0,760,,,,0,752,0,0,8,0,,760,760,760,,,0,0,0,0,,,
identity,stable1,0,0,0,1,256,504,55276,57960,,0,,0,0,0,0,UP,1,1,0,0,0,4,0,,1,4,1,,504,,2,504,,504,L4OK,,0,0,504,0,0,0,0,,,,504,0,0,,,,,0,"Layer4, check ""passed""",
identity,BACKEND,0,0,0,2,999,504,55276,57960,0,0,,0,0,0,0,UP,1,1,0,,0,4,0,,1,4,0,,504,,1,504,,504,,,,0,504,0,0,0,0,,,,504,0,0,0,0,0,0,0,,
identity-canary,canary1,0,0,1,1,256,372,29244,29576,,0,,0,0,230,0,UP 1/2,1,1,0,0,0,4,0,,1,5,1,,256,,2,371,,371,L4OK,,0,0,248,0,0,8,0,0,,,256,0,0,,,,,0,,
identity-canary,canary2,0,0,0,0,256,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,0,0,4,0,,1,5,3,,0,,2,0,,0,,,0,0,0,0,0,0,0,0,,,0,0,0,,,,,-1,,
identity-canary,instead1,0,0,0,0,256,9,0,0,,0,,0,0,0,0,no check,1,0,1,,,4,,,1,5,2,,0,,2,0,,0,,,,0,9,0,0,0,0,0,,,0,0,0,,,,,-1,,
identity-canary,BACKEND,0,0,0,1,999,256,29244,29576,0,0,,0,0,230,0,UP,1,1,1,,0,4,0,,1,5,0,,256,,1,256,,256,,,,0,248,0,0,8,0,,,,256,0,0,0,0,0,0,0,,
)csv";

const std::string kServersState = R"csv(1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
4 identity 1 stable1 127.0.0.1 2 0 1 1 4 6 3 2 6 0 0 0 - 15001 - 0 0 - - 0
5 identity-canary 1 canary1 127.0.0.1 2 8 10 1 4 6 3 2 6 0 0 0 - 15002 - 0 0 - - 0
5 identity-canary 2 canary2 - 0 64 1 1 4 1 0 1 0 0 0 0 - 15001 - 0 0 - - 0
)csv";

const std::string kTable = R"csv(# table: latency, type: string, size:1024, used:2
0x558dbc600320: key=identity use=0 exp=0 gpc0=504 gpc1=400 gpc2=300 gpc3=200 gpc4=100 gpc5=50 gpc6=20 gpc7=10 gpc8=4 gpc9=2 gpc10=1
0x7f9e6404b2c0: key=identity-canary use=0 exp=0 shard=0 gpc0=256 gpc1=12 gpc2=0 gpc3=0 gpc4=0 gpc5=0 gpc6=0 gpc7=0 gpc8=0 gpc9=0 gpc10=0
)csv";

const std::string kInfo = R"csv(Name: HAProxy
Version: 2.6.12-1+deb12u4
Pid: 31693
Uptime: 0d 0h00m03s
Uptime_sec: 3
node: vm
Start_time_sec: 1795558716
Tainted: 0
)csv";

const std::string kMap = R"csv(0x558dbc4150e0 identity 5000
0x558dbc4150f0 identity/x 1
)csv";

}  // namespace windlass::ops::haproxy::test
