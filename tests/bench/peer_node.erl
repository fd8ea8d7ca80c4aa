%% Erlang's side of the benchmark: on one node a supervised process that owns an OS process (cat,
%% which gives back what it gets), on another node a client of it, which is told by lines over a
%% Unix socket what to do:
%%   trip N      N calls one after the other: a line with the nanoseconds of each
%%   rate N W    N calls, W under way: a line with the nanoseconds of all
%%   pid         a line with the pid of the OS process
%%   up PID      a line once another OS process than PID has answered a call
-module(peer_node).
-export([serve/0, client/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(CALLED, {dtree_peer_worker, list_to_atom("dtree_peer_server@127.0.0.1")}).

serve() ->
    {ok, Pid} = supervisor:start_link(?MODULE, supervisor),
    unlink(Pid).

init(supervisor) ->
    Start = {gen_server, start_link, [{local, dtree_peer_worker}, ?MODULE, worker, []]},
    {ok, {#{intensity => 1000, period => 1}, [#{id => worker, start => Start}]}};
init(worker) ->
    Port = open_port({spawn_executable, os:find_executable("cat")},
                     [{packet, 2}, binary, exit_status]),
    {ok, {Port, queue:new()}}.

handle_call(pid, _, {Port, _} = State) ->
    {os_pid, Pid} = erlang:port_info(Port, os_pid),
    {reply, Pid, State};
handle_call(Bytes, From, {Port, Waiting}) ->
    port_command(Port, Bytes),
    {noreply, {Port, queue:in(From, Waiting)}}.

handle_cast(_, State) ->
    {noreply, State}.

handle_info({Port, {data, Bytes}}, {Port, Waiting}) ->
    {{value, From}, Left} = queue:out(Waiting),
    gen_server:reply(From, Bytes),
    {noreply, {Port, Left}};
handle_info({Port, {exit_status, _}}, {Port, _} = State) ->
    {stop, died, State}.

client([Path]) ->
    spawn(fun() ->
                  connect(200),
                  {ok, Listen} = gen_tcp:listen(0, [{ifaddr, {local, atom_to_list(Path)}}, binary,
                                                    {packet, line}, {active, false}]),
                  {ok, Socket} = gen_tcp:accept(Listen),
                  loop(Socket)
          end).

%% The other node may not be up yet.
connect(Tries) when Tries > 0 ->
    case catch gen_server:call(?CALLED, <<"1">>) of
        <<"1">> -> ok;
        _ -> timer:sleep(50), connect(Tries - 1)
    end.

loop(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Line} ->
            obey(Socket, string:lexemes(binary_to_list(Line), " \n")),
            loop(Socket);
        {error, _} -> halt(0)
    end.

obey(Socket, ["trip", N]) ->
    [say(Socket, trip()) || _ <- lists:seq(1, list_to_integer(N))];
obey(Socket, ["rate", N, Window]) ->
    Began = erlang:monotonic_time(nanosecond),
    flood(list_to_integer(N), list_to_integer(Window), queue:new()),
    say(Socket, erlang:monotonic_time(nanosecond) - Began);
obey(Socket, ["pid"]) ->
    say(Socket, gen_server:call(?CALLED, pid));
obey(Socket, ["up", Pid]) ->
    await_other(list_to_integer(Pid)),
    say(Socket, 1).

say(Socket, Number) ->
    ok = gen_tcp:send(Socket, [integer_to_list(Number), "\n"]).

trip() ->
    Began = erlang:monotonic_time(nanosecond),
    <<"1">> = gen_server:call(?CALLED, <<"1">>),
    erlang:monotonic_time(nanosecond) - Began.

flood(0, _, Asked) ->
    [answer(Request) || Request <- queue:to_list(Asked)];
flood(N, 0, Asked) ->
    {{value, Request}, Left} = queue:out(Asked),
    answer(Request),
    flood(N, 1, Left);
flood(N, Room, Asked) ->
    flood(N - 1, Room - 1, queue:in(gen_server:send_request(?CALLED, <<"1">>), Asked)).

answer(Request) ->
    {reply, <<"1">>} = gen_server:wait_response(Request, 10000).

await_other(Pid) ->
    case catch {gen_server:call(?CALLED, pid), gen_server:call(?CALLED, <<"1">>)} of
        {Other, <<"1">>} when is_integer(Other), Other =/= Pid -> ok;
        _ -> await_other(Pid)
    end.
