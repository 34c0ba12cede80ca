"""Words that stand where a password would: of manuals, defaults, names of what it is for."""

from __future__ import annotations

from typing import Final

_TEXT: Final = """
    pass password passwords passwort passwd passw pwd pw pwds psw passphrase passcode phrase parola contrasena
    clave secret secrets secreto geheim token key keys value val string text data hash user users username usr
    uname usuario name login log logon credential credentials cred creds auth test tests tester testing testuser
    demo dev devel develop prod production stage staging local temp tmp admin administrator adm root super
    superuser sudo sa guest default owner system sys service svc app application change changeit changeme
    replace replaceme insert enter fill put set edit update your yours my our mine the this that some any here
    there with in it me to be of or and for please not new old real actual example examples sample dummy fake
    mock foo bar baz qux foobar placeholder redacted hidden masked removed omitted censored sanitized snip todo
    tbd none null nil undefined empty blank unset na nope yes no true false hello world welcome letmein qwerty
    qwertz asdf asdfgh abc abcd abcde abcdef xyz hunter swordfish scott tiger open sesame opensesame anonymous
    anoncvs anon repo repository correct horse battery staple monkey trustno super strong strongest secure
    securely weak simple very long random generated unique safe private public shared master slave primary
    secondary postgres postgresql pg psql mysql mariadb mssql sql sqlserver oracle ora mongo mongodb redis
    rabbitmq rabbit amqp neo4j kafka elastic elasticsearch kibana grafana ldap smtp ftp sftp ssh http https mail
    email imap web site db database docker kube kubernetes k8s vault git github gitlab jenkins nexus artifactory
    wordpress django flask rails laravel neo clickhouse cassandra couchdb couchbase memcached influx influxdb
    trino consul etcd zookeeper symfony spring drupal joomla keycloak airflow superset minio nats mqtt server
    client host hostname proxy account acct api url uri id uid port access connection conn cluster x xx xxx xxxx
    yy yyy zz zzz env environ environment var variable config conf param arg args
"""
STAND_INS: Final = frozenset(_TEXT.split())

LONGEST: Final = max(map(len, STAND_INS))
"""Characters of the longest."""
