r"""What clients, tools and migrations of databases do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* A client talks to a server; SQL in its words is read by the reader of SQL, SQL in a file or from standard input that
  is not certain is opaque.
* What drops or empties a table, a database or an index, or goes back to the beginning, is `db-destroy`.
* A dump only reads the database; restoring one writes it.
* Going forward with migrations is ordinary work on a development database: it executes. On another one it is
  `deploy`, where the subcommand says so.

Not promised: what a migration or a seed does. It is code of the workspace.
"""

TABLE = r"""
# --- SQL clients -------------------------------------------------------------------------------------------------
psql,usql,pgcli | -aAbeEHlLnqsStwWxXz -c{sql} --command{sql} -d= --dbname= -f? --file? -l --list -v= --set= --variable=
    -V:help --version -X --no-psqlrc -1 --single-transaction -?:help --help[=]:help -a --echo-all -b --echo-errors -e
    --echo-queries -E --echo-hidden -L> --log-file> -n --no-readline -o> --output> -q --quiet -s --single-step -S
    --single-line -A --no-align --csv -F= --field-separator= -H --html -P= --pset= -R= --record-separator= -t
    --tuples-only -T= --table-attr= -x --expanded -z --field-separator-zero -0 --record-separator-zero -h{host}
    --host{host} -p= --port= -U= --username= -w --no-password -W --password | [=] [=] =... | send{postgres} stdin{sql}
psql -l,--list | -l --list -h{host} --host{host} -p= --port= -U= --username= -w --no-password -W --password -X
    --no-psqlrc -A --no-align -t --tuples-only -q | [=] | send{postgres}
mysql,mariadb,mycli,mysqlsh,tidb | -AbBCEfGHiJLnNoqrsStTUvwWX -V:help -?:help -e{sql} --execute{sql} -D= --database=
    -u= --user= -p[=] --password[=] -h{host} --host{host} -P= --port= -S= --socket= --protocol= --ssl-mode= --ssl-ca<
    --ssl-cert< --ssl-key< --batch --html --xml --table --skip-column-names --column-names --raw --silent --verbose
    --vertical --auto-vertical-output --compress --connect-timeout= --default-character-set= --delimiter= --force
    --ignore-spaces --line-numbers --max-allowed-packet= --no-auto-rehash --no-beep --one-database --pager? --tee>
    --prompt= --quick --reconnect --safe-updates --select-limit= --skip-line-numbers --unbuffered --wait
    --init-command{sql} --login-path= --defaults-file< --defaults-extra-file< --defaults-group-suffix= --no-defaults
    --print-defaults --local-infile[=]? --binary-mode --show-warnings --sigint-ignore --version --help -I | [=] |
    send{mysql} stdin{sql}
sqlcmd,mssql-cli,bsqldb,tsql,isql,osql,fisql | * -Q{sql} -q{sql} --query{sql} --initial-query{sql} -i? -o> -S{host}
    --server{host} -U= -P= -d= -h= -s= -W --version --help | | send{mssql} stdin{sql}
sqlcmd query | * -q{sql} --query{sql} -d= --database= --timeout= | {sql}... | send{mssql}
sqlcmd config,open,create,start,stop,delete,install,uninstall | * | =... | run send{mssql} opaque
sqlite3,sqlite,litecli | -A? -append -ascii -bail -batch -box -column -cmd{sql} -csv -deserialize -echo -init? -header
    -headers -noheader -help -html -interactive -json -line -list -lookaside= -markdown -maxsize= -memtrace -mmap=
    -newline= -nofollow -nonce= -nullvalue= -pagecache= -pcachetrace -quote -readonly -safe -separator= -stats -table
    -tabs -unsafe-testing -version -vfs= -zip | <> {sql}... | stdin{sql} single-dash
sqlite3,sqlite -readonly | -readonly -bail -batch -box -column -csv -echo -header -headers -noheader -html -json -line
    -list -markdown -newline= -nullvalue= -quote -safe -separator= -stats -table -tabs -version | < {sql}... |
    stdin{sql} single-dash
duckdb | -c{sql} -s{sql} -csv -json -line -list -markdown -box -table -column -ascii -html -readonly -batch -bail -echo
    -header -noheader -init? -separator= -nullvalue= -newline= -cmd{sql} -interactive -unsigned -ui? -version -help |
    <> {sql}... | stdin{sql} single-dash
clickhouse-client,clickhouse,clickhouse-local | * -q{sql} --query{sql} --queries-file? -h{host} --host{host} -u=
    --user= --password= -d= --database= --port= --format= | [=] | send{clickhouse} stdin{sql}
cqlsh,ysqlsh,snowsql,presto,trino,beeline,hive,impala-shell,spark-sql,cockroach,crate,questdb,vsql,nzsql,dbisql,db2,
    sqlplus,bteq,exaplus,hdbsql,monetdb,mclient,firebird,fbsql,rsql,athenacli | * -e{sql} --execute{sql} -q{sql}
    --query{sql} -c{sql} --command{sql} -Q{sql} -f? --file? -u= -p= -d= -k= --host{host} -h= --user= | =... | run
    send{database} stdin{sql}
cockroach version,node,gen,help | * | =... | send{database}
mysqladmin,mariadb-admin | * -u= --user= -p[=] --password[=] -h{host} --host{host} -P= -S= | =... | run send{mysql}
    (drop *|* drop *|shutdown*|kill *)!db-destroy
mysqldump,mariadb-dump,mydumper,mysqlpump,mysqlshow,mysqlcheck,mysqlslap,mysqlbinlog,mysqlimport,myloader,mysqlhotcopy
    | * -u= --user= -p[=] --password[=] -h{host} --host{host} -P= --port= -S= --socket= -r> --result-file> -T/ --tab/
    --where= --databases --tables --ignore-table= -w= | =... | run send{mysql}
pg_dump,pg_dumpall,pg_basebackup,pg_isready,pg_config,pg_controldata,pg_waldump,pg_amcheck,pg_verifybackup | * -f>
    --file> -D> --pgdata> -h{host} --host{host} -p= --port= -U= --username= -d= --dbname= -F= -t= -T= -n= -N= -j= -Z= |
    [=] | run send{postgres}
pg_restore | * -c!db-destroy --clean!db-destroy --if-exists -C --create -d= --dbname= -h{host} --host{host} -p= -U= -F=
    -t= -n= -j= -l --list -L< -f> | [<] | run send{postgres}
pg_restore -l,--list | -l --list -F= | [<]
createdb,createuser,vacuumdb,reindexdb,clusterdb,initdb,pgbench,pg_ctl,pg_ctlcluster,pg_createcluster,pg_upgrade,
    pg_rewind,pg_prove,pgloader,postgres,mysqld,mariadbd,mysqld_safe,mongod,mongos,redis-server,etcd,memcached,influxd,
    rqlited,elasticsearch,mysql_install_db,mariadb-install-db,mysql_upgrade,mysql_secure_installation,
    mysql_config_editor | * -h{host} -p= -U= -D/ -d= -c= -f= --host= --port= --bind_ip=(0.0.0.0|::)!expose | =... | run
    (stop *|* stop|* stop *)!service
dropdb,dropuser,pg_dropcluster,pg_resetwal | * -h{host} -p= -U= --if-exists -f --force | =... | run send{postgres}
    !db-destroy

# --- other databases ---------------------------------------------------------------------------------------------
redis-cli,valkey-cli,keydb-cli,iredis | -h{host} -p= -s= -a= -u{url} -r= -i= -n= -x -X= -d= -c -t= --user= --pass=
    --askpass --no-auth-warning --raw --no-raw --csv --json --quoted-json --show-pushes= --stat --latency
    --latency-history --latency-dist --lru-test= --replica --rdb> --functions-rdb> --pipe? --pipe-timeout= --bigkeys
    --memkeys --hotkeys --scan --pattern= --count= --intrinsic-latency= --eval? --ldb? --ldb-sync-mode? --cluster?
    --verbose --no-verbose --tls --sni= --cacert< --cert< --key< --insecure -2 -3 -e -D= -v --version --help | =... |
    send{redis} options-first
    (flushall*|flushdb*|*flushall*|*flushdb*|shutdown*|debug *|config set *|script flush*)!db-destroy
    (cluster reset*|swapdb*|migrate *)!db-destroy
    (slaveof *|replicaof *|module load*|acl setuser*|config rewrite*|save|bgsave)!accounts (eval *|evalsha *|fcall *)?
    (del *|unlink *|rename*|set *|mset *|hset *|lpush *|rpush *|sadd *|zadd *|expire *|publish *|incr*)!deploy
    (decr*|xadd *)!deploy alone?
mongosh,mongo | * --eval=(*dropdatabase*|*.drop?*|*deletemany?{}*|*remove?{}*)?!db-destroy --eval? -f? --file? -u=
    --username= -p= --password= --host{host} --port= --quiet --norc --version --help | =... | send{mongodb} opaque
mongosh,mongo --version,--help | --version --help
mongodump,mongoexport,mongostat,mongotop,bsondump,mongofiles | * -o> --out> --uri{url} -u= -p= -d= -c= --host{host}
    --archive[=] | =... | run send{mongodb}
mongorestore,mongoimport | * --drop!db-destroy --uri{url} -u= -p= -d= -c= --file< --host{host} --nsInclude= | =... |
    run send{mongodb}
etcdctl | * --endpoints= --cacert< --cert< --key< | =... | send{etcd} (del *|*--prefix*del*)!infra-destroy
    (put *|txn*|role *|user *|auth *|member *|snapshot restore*|defrag*|compaction*|move-leader*|lease *)!deploy
    (alarm *)!deploy
influx | * -o= -b= -t= | =... | run send{influxdb} (delete*|bucket delete*|org delete*|* drop *)!db-destroy
cypher-shell,neo4j-admin,neo4j,arangosh,couchdb,curator,elasticdump,es2csv,dgraph,surreal,meilisearch,weaviate,
    milvus_cli,qdrant,kafka-topics,kafka-topics.sh,kafka-console-producer,kafka-console-consumer,kafka-configs.sh,kcat,
    kafkacat,rabbitmqctl,rabbitmqadmin,nats,pulsar-admin,zkcli.sh | * | =... | run send{database}
    (*--delete*|*delete*|*purge*|*drop*|*reset*|* rm *|* remove *)!db-destroy
kafka-topics,kafka-topics.sh --delete | * --delete --topic= --bootstrap-server= | =... | run send{database} !db-destroy
ldapsearch,ldapwhoami,ldapcompare | * -H{url} -h{host} -b= -D= -w= -x -s= -f< | =... | send{ldap}
ldapadd,ldapmodify,ldapdelete,ldappasswd,ldapmodrdn | * -H{url} -D= -w= -f< -n:dry | =... | run send{ldap} !accounts

# --- migrations --------------------------------------------------------------------------------------------------
prisma | -v --version -h --help --schema< --config< | | global
prisma generate,validate,format,version,studio,init,debug,introspect,platform,dev | * --schema< --generator= --watch |
    =... | run
prisma db pull,seed,execute | * --schema< --url= --file< --stdin | =... | run send{database}
prisma db push | * --schema< --force-reset!db-destroy --accept-data-loss!db-destroy --skip-generate | | run
    send{database}
prisma migrate dev,status,diff,resolve | * --schema< -n= --name= --create-only --skip-seed --from-schema-datamodel<
    --to-schema-datamodel< --from-url= --to-url= --script --applied= --rolled-back= -o> | | run send{database}
prisma migrate deploy | * --schema< | | run send{database} !deploy
prisma migrate reset | * --schema< -f --force | | run send{database} !db-destroy
alembic | * -c< --config< -n= -x= --raiseerr --version | | global
alembic revision,history,current,heads,branches,show,list_templates,check,init,merge,edit,ensure_version,stamp | * -m=
    --rev-id= -r= -t= | =... | run
alembic upgrade | * --sql:dry --tag= | =... | run send{database}
alembic downgrade | * --sql:dry --tag= | =... | run send{database} (base|* base)!db-destroy
rails,bin/rails | -v --version -h --help | =... | run
    (db:drop*|db:reset*|db:migrate:reset*|db:purge*|db:truncate*|* db:drop*|* db:reset*)!db-destroy
    (db:schema:load*|db:structure:load*|db:setup*|db:seed:replant*|* db:schema:load*|* db:setup*)!db-destroy
    (* db:seed:replant*)!db-destroy (credentials:*|secrets:*)!private
rails server,s,console,c,generate,g,destroy,d,new,test,runner,r,routes,dbconsole,db,plugin,notes,stats,about,assets,
    app,tmp,zeitwerk,credentials,encrypted,initializers,middleware,restart,time,dev,log | * -e= -p= -b=(0.0.0.0)!expose
    -b= --binding=(0.0.0.0)!expose | =... | run
rake | * -f{script} -T -P -D -n:dry --dry-run:dry -t --trace --version | =... | run
    (db:drop*|db:reset*|db:migrate:reset*|db:purge*|db:truncate*|db:schema:load*|db:setup*|* db:drop*)!db-destroy
    (* db:reset*|* db:migrate:reset*)!db-destroy (publish*|release*|*deploy*|gem:push*)!deploy
knex,sequelize,sequelize-cli,typeorm,mikro-orm,drizzle-kit,objection,db-migrate,node-pg-migrate,umzug,kysely,waterline,
    bookshelf,flyway,liquibase,dbmate,goose,migrate,sql-migrate,atlas,sqitch,refinery,diesel,sqlx,sea-orm-cli,phinx,
    doctrine,skeema,gh-ost,pt-online-schema-change,bytebase,sqlmesh,yoyo,aerich,piccolo,tortoise,pw_migrate | * -e=
    --env= -c< --config< -d= --url= -u= -m= -f= --knexfile< --dataSource= -p= --version --all!db-destroy | =... | run
    send{database}
    (db:drop*|schema:drop*|*schema:drop*|drop|drop *|* drop|* drop *|dropall*|drop-all*|clean|clean *)!db-destroy
    (* clean|* clean *)!db-destroy
    (reset|reset *|* reset|* reset *|migration:fresh*|*:fresh*|migrate:rollback --all*)!db-destroy
    (db:migrate:undo:all*|*undo:all*)!db-destroy
    (down -all*|down all*|redo -all*|down|goto 0*|force *|*database reset*|*database drop*)!db-destroy
    (rollback-all*|* down-to 0*)!db-destroy
"""
