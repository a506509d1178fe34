# Everything a developer or operator does; `make` alone lists it.
# Honoured: HTTP_PORT (8069), PGHOST PGPORT PGUSER PGPASSWORD (else an embedded PostgreSQL
# under var/), ODOO_HOME (an Odoo 19 that is there already), SIZE (scenario, bench, faults), BENCH (ids).

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run up down status test scenario bench docs lint format psql setup clean \
    cluster cluster-down backup restore rehearse faults

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set up what is missing, start the suite in the foreground (Ctrl-C stops it)
	@tools/instance run

up: ## the same in the background; returns when the health page answers
	@tools/instance up

down: ## stop what `up` started
	@tools/instance down

status: ## processes of the running instance
	@tools/instance status

test: ## all tests: addons, units, scenario, browser
	@tools/test

scenario: ## business scenario over HTTP on a private instance (SIZE=small)
	@tools/test scenario

bench: ## measurements on a private instance (SIZE=small)
	@tools/test bench

cluster: ## production topology: proxy, HAProxy, nodes, PostgreSQL with replica, backups
	@LOTTERY_INSTANCE=cluster tools/instance up

cluster-down: ## stop it
	@LOTTERY_INSTANCE=cluster tools/instance down

backup: ## a backup of the cluster now (it takes one daily by itself)
	@tools/backup full

restore: ## restore it into a scratch server as of TIME="2026-11-25 17:30:00+08"
	@tools/backup restore "$(TIME)"

rehearse: ## restore, compare with the living cluster, measure
	@tools/backup rehearse

faults: ## break parts of the cluster under load, look for lost writes (SIZE=small)
	@tools/test faults

docs: ## build the documents of docs/
	@tools/docs

lint: ## ruff, pylint-odoo, prettier, Odoo's own linters, shellcheck, hygiene
	@tools/lint

format: ## rewrite Python, XML, JS and SCSS the way lint wants them
	@tools/lint --fix

psql: ## a database prompt in the instance's database
	@tools/database psql

setup: ## only fetch and install what is needed
	@tools/setup --for-tests

clean: ## stop and remove everything made under var/ (data too)
	@tools/clean
