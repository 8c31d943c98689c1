package doctor

var reachKinds = []kind{
	{"cluster", OK, "{id}: {nodes}, controller {controller}", "", ""},
	{
		"client-refused", Error, "the client refuses the configuration: {reason}",
		"correct the property that it names", "",
	},
	{
		"broker-unresolved", Error, "its name can't be resolved: {reason}",
		"correct bootstrap-servers, or the name service of this machine", "",
	},
	{
		"broker-unreachable", Error, "no connection: {reason}",
		"check the address and port in bootstrap-servers, and that the broker runs and no firewall is in between", "",
	},
	{
		"tls-failed", Error, "the TLS handshake fails: {reason}",
		"check properties.ssl.ca.location, the host name in the broker's certificate, and that security.protocol ({protocol}) is what this port speaks", "",
	},
	{
		"sasl-failed", Error, "it does not let this client in: {reason}",
		"check user name, password and sasl.mechanism ({mechanism}); the user has to exist on the cluster for this mechanism", "",
	},
	{
		"broker-silent", Error, "it takes connections and gives no answer within {time}{reason}",
		"check that security.protocol ({protocol}) is what this port speaks: a port with TLS or SASL says nothing to a client without", "",
	},
	{
		"bootstrap-partial", Warning, "this address of bootstrap-servers does not work ({reason}); others do",
		"correct it or take it out: a service that starts while the others are down would not start", "",
	},
	{
		"advertised-unreachable", Error, "broker {id} tells its clients this address, and it can't be reached from here: {reason}",
		"correct advertised.listeners of the broker, or make the name and port reachable from here",
		"The bootstrap address is used once, for the first question. Everything else goes to the addresses that brokers advertise.",
	},
	{
		"oauth-unchecked", Info, "the checks have no token for OAUTHBEARER, so that nothing was asked",
		"look at the service's own log lines about authentication", "",
	},
}

var topicKinds = []kind{
	{"topic", OK, "{partitions}, {replicas} of each", "", ""},
	{
		"topic-missing", Error, "it does not exist{nearest}",
		"correct topics, or create it: kafka-topics --bootstrap-server {brokers} --create --topic {topic} --partitions {enough} --replication-factor {replicas}", "",
	},
	{"topic-unreadable", Error, "the cluster does not describe it: {reason}", "look at the brokers' logs", ""},
	{"pattern", OK, "matches {topics}", "", ""},
	{
		"pattern-matches-nothing", Warning, "no topic that this client may see matches",
		"correct the pattern, or create a topic that matches: the listener finds it by itself within topic.metadata.refresh.interval.ms", "",
	},
	{
		"partition-missing", Error, "the topic has {partitions}, so that there is no {missing}",
		"correct partitions, or add some: kafka-topics --bootstrap-server {brokers} --alter --topic {topic} --partitions {needed}", "",
	},
	{
		"leader-missing", Error, "partitions {missing} have no leader: nothing can be read or committed there",
		"bring back the brokers that hold them", "",
	},
	{
		"consumers-idle", Warning, "{consumers} for {partitions}: {idle} of them always idle",
		"lower concurrency to {fit}, or add partitions; more handlers than partitions need ordering: key, or none, and workers", "",
	},
	{
		"replication-one", Info, "there is one copy of it: a broker that is down stops the listener, and a lost disk loses records",
		"give it a replication factor of 3", "",
	},
	{
		"min-isr-all", Warning, "min.insync.replicas is {min} of {replicas} copies: one broker away from refusing what producers send with acks=all",
		"set min.insync.replicas to {replicas} - 1: kafka-configs --bootstrap-server {brokers} --alter --topic {topic} --add-config min.insync.replicas={better}", "",
	},
	{
		"min-isr-one", Info, "min.insync.replicas is 1 of {replicas} copies: a record that was acknowledged with acks=all may be on one broker alone",
		"set it to 2: kafka-configs --bootstrap-server {brokers} --alter --topic {topic} --add-config min.insync.replicas=2", "",
	},
	{
		"in-sync-missing", Warning, "{missing} with fewer copies in sync than there should be",
		"look at the brokers that hold them: one is down, or too slow", "",
	},
	{
		"message-size", Warning, "its max.message.bytes ({topic-max}) is more than the client takes in one answer ({client-max})",
		"set properties.receive.message.max.bytes to {better}", "",
	},
}

var aclKinds = []kind{
	{
		"acl-topic", Error, "this user may not {operations} the topic",
		"kafka-acls --bootstrap-server {brokers} --add --allow-principal User:NAME{flags} --topic {topic}", "",
	},
	{
		"acl-group", Error, "this user may not {operations} the group",
		"kafka-acls --bootstrap-server {brokers} --add --allow-principal User:NAME{flags} --group {group}", "",
	},
	{
		"acl-group-delete", Warning, "this user may not delete the group, so that each start leaves one behind for offsets.retention.minutes",
		"kafka-acls --bootstrap-server {brokers} --add --allow-principal User:NAME --operation Delete --group {group} (for groups with random names: a prefix, and --resource-pattern-type prefixed)", "",
	},
}

var groupKinds = []kind{
	{"group", OK, "{state}, {members}, {protocol}{assignor}", "", ""},
	{"group-new", Info, "it does not exist yet, so that the listener begins {begins}; whether this user may join it shows only then", "", ""},
	{
		"assignor-clash", Error, "its members ({clients}) use {theirs}, this listener {ours}: neither kind may join the other",
		"set assignor: keep, or {theirs}, until the last of them is gone; then remove it again",
		"Members that move one partition at a time (cooperative-sticky) and members that give up all of them at once (range, roundrobin) can't share a group. keep asks the group at each start.",
	},
	{
		"assignor-differs", Warning, "its members ({clients}) use {theirs}, this listener only {ours}: it may join if they know {ours}, too",
		"set assignor: {theirs}, or keep", "",
	},
	{
		"protocol-differs", Warning, "its members ({clients}) speak the {theirs} protocol, this listener {ours}: the cluster has to convert the group",
		"set group-protocol: {theirs} until the last of them is gone; or make sure that group.consumer.migration.policy of the brokers allows it", "",
	},
	{
		"foreign-members", Info, "members that are not this service's are in it, too: {clients}",
		"nothing, if this is a rolling replacement; else give one of the two a group of its own", "",
	},
	{
		"foreign-topics", Warning, "members ({clients}) read {topics}, which this listener does not: each rebalance stops both",
		"give one of the two a group of its own: group-id",
		"A group is one service. Members that subscribe to other topics take no records away, but every start and stop of one side rebalances the other, and its offsets are mixed with theirs.",
	},
	{
		"group-shared", Warning, "the listeners {listeners} are in one group and read different topics: each rebalance stops all of them",
		"give each a group-id of its own; without one, a listener's group is its id", "",
	},
	{
		"group-in-use", Error, "it has members ({clients}), and this listener takes explicit partitions: the group refuses commits from outside",
		"give the listener a group-id of its own", "",
	},
	{
		"static-id-taken", Error, "the static member id {instance} is held by {client} on {host}, which is not this service",
		"set another group-instance-id: of two members with one id, one is thrown out", "",
	},
}

var offsetKinds = []kind{
	{"offsets", OK, "of {partitions} all have an offset, and no record is waiting", "", ""},
	{"lag", Info, "{records} waiting in {partitions}", "", ""},
	{
		"offset-missing", Error, "auto-offset-reset is none, and nothing is committed for {partitions}: the listener ends at once",
		"commit an offset: kafka-consumer-groups --bootstrap-server {brokers} --group {group} --topic {topic} --reset-offsets --to-earliest --execute (or --to-latest); or choose auto-offset-reset earliest or latest", "",
	},
	{"offset-new", Info, "nothing is committed for {partitions}: they begin {begins}", "", ""},
	{
		"offset-above-end", Warning, "the committed offset {offset} of {topic}[{partition}] lies above the log's end {end}: {then}",
		"find out whether the topic was made again or cut; then set the offset: kafka-consumer-groups --bootstrap-server {brokers} --group {group} --topic {topic}:{partition} --reset-offsets --to-earliest --execute", "",
	},
	{
		"offset-below-start", Warning, "the committed offset {offset} of {topic}[{partition}] lies below the log's start {start}: {lost} gone unread, and {then}",
		"raise retention.ms of the topic above the longest time that the listener may be away", "",
	},
}

var runKinds = []kind{
	{
		"check-failed", Warning, "this could not be looked at: {reason}",
		"run it again, with more time: -timeout 1m", "",
	},
	{"listener-unknown", Error, "there is no listener with this id", "leave -listener out to see all of them", ""},
	{
		"no-topics", Info, "the configuration names no topics: they are in the code, where this command can't see them",
		"ask the service itself: hearken doctor -- ./service", "",
	},
	{
		"factory-in-code", Info, "the configuration does not define factory {factory}: what the code sets there is not known here",
		"ask the service itself: hearken doctor -- ./service", "",
	},
}
