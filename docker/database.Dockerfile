# A PostgreSQL server with its keeper, its backups and the keepers' etcd. Build from the repository's root:
#   docker build -f docker/database.Dockerfile -t lottery-database .
FROM postgres:15-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends patroni python3-etcd etcd-server pgbackrest curl \
    python3-psycopg2 python3-cryptography python3-requests \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres /var/lib/postgresql/member /var/lib/postgresql/etcd /backup /var/lib/pgbackrest
# Group 2000 may read what the sealer writes (docker/Dockerfile).
RUN groupadd -g 2000 lottery && usermod -aG lottery postgres
COPY conf/patroni.yml conf/pgbackrest.conf conf/postgresql.conf /etc/lottery/
COPY docker/backup.sh docker/initdb.sh /opt/lottery/docker/
COPY tools/rehearsal.py tools/lib_words.sh tools/lib_backup.sh /opt/lottery/tools/
COPY addons/lottery_journal/engine /opt/lottery/addons/lottery_journal/engine
COPY addons/lottery_base/tools/object_store.py /opt/lottery/addons/lottery_base/tools/
ENV PATRONI_POSTGRESQL_DATA_DIR=/var/lib/postgresql/member/data \
    PATRONI_POSTGRESQL_BIN_DIR=/usr/lib/postgresql/15/bin \
    PATRONI_POSTGRESQL_PGPASS=/tmp/pgpass \
    PATRONI_POSTGRESQL_LISTEN=0.0.0.0:5432 \
    PATRONI_RESTAPI_LISTEN=0.0.0.0:8008 \
    PATRONI_ETCD_HOSTS=etcd1:2379,etcd2:2379,etcd3:2379 \
    PATRONI_SUPERUSER_USERNAME=postgres \
    PATRONI_REPLICATION_USERNAME=replicator \
    PATRONI_RESTAPI_USERNAME=patroni \
    PGBACKREST_CONFIG=/etc/lottery/pgbackrest.conf \
    PGBACKREST_REPO1_PATH=/backup/database \
    PGBACKREST_LOG_PATH=/var/lib/pgbackrest \
    PGBACKREST_LOCK_PATH=/tmp/pgbackrest
USER postgres
ENTRYPOINT []
CMD ["patroni", "/etc/lottery/patroni.yml"]
