# shellcheck shell=bash
# The AWS CLI and boto3 of a CI run; sourced by run. Those of Debian 12 are from
# before the service qbusiness, so a machine that has no newer ones gets Debian
# 13's, unpacked into a folder with the Python and the libraries they were built
# for, and our model of the service: nothing of the machine's own is replaced.

# knows_qbusiness: with the youngest member that our scripts use.
knows_qbusiness() {
	local -x AWS_DEFAULT_REGION=us-east-1
	aws qbusiness associate-permission --generate-cli-skeleton input | grep -q conditions &&
		python3 -c 'import boto3; assert "qbusiness" in boto3.Session().get_available_services()'
}

# debian13_clients DIR unpacks the clients into DIR and writes aws and python3
# into DIR/bin.
debian13_clients() {
	local dir=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/bin"
	: >"$dir/status"
	local mirror # the machine's own, but not that of security updates
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
	echo "deb [signed-by=$keys] $mirror trixie main" >"$dir/sources.list"
	local apt=(apt-get -qq -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State="$dir/state" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root)
	"${apt[@]}" update
	"${apt[@]}" install -y --no-install-recommends --download-only awscli python3-boto3 >/dev/null
	local package
	for package in "$dir"/cache/archives/*.deb; do dpkg -x "$package" "$dir/root"; done
	local lib=$dir/root/usr/lib/x86_64-linux-gnu
	local python="PYTHONHOME=$dir/root/usr exec $lib/ld-linux-x86-64.so.2 --library-path $lib $dir/root/usr/bin/python3.13"
	printf '#!/bin/sh\n%s "$@"\n' "$python" >"$dir/bin/python3"
	printf '#!/bin/sh\n%s %s "$@"\n' "$python" "$dir/root/usr/bin/aws" >"$dir/bin/aws"
	chmod +x "$dir/bin/python3" "$dir/bin/aws"
	"$dir/bin/python3" .ci/aws_model.py model/qbusiness.json "$dir/models"
}
