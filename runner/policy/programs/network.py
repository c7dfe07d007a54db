r"""What programs that talk to other machines do: `TABLE`, in the notation of `notation.py`.

Rules that live here and nowhere else:

* Fetching a literal URL is sending to that host, and no more; a body, a form, a file or another method than GET is
  `upload`. A file that goes along is read, so that what may not be read may not be sent.
* A name that is looked up is sent to whoever serves it; it is data that leaves.
* Options that name a program (`ProxyCommand`, `rsync -e`) hold shell text; configuration files are opaque.
* Copying to another machine is `upload`; running something there is `remote`; listening for others is `expose`, and
  with a program at the other end `reverse-shell`.

Option lists are those of curl 8.9, wget 1.24, OpenSSH 9.8, rsync 3.3 and iproute2 6.10.

Not promised: that a GET changes nothing on the server.
"""

TABLE = r"""
# --- fetching ----------------------------------------------------------------------------------------------------
@curl = -#0123456fgGijkLlnNqRsSvVZ --abstract-unix-socket=? --alt-svc<> --anyauth -a!upload --append!upload
    --aws-sigv4= --basic --ca-native --cacert< --capath/ -E= --cert= --cert-status --cert-type= --ciphers= --compressed
    --compressed-ssh -K? --config? --connect-timeout= --connect-to=!traffic -C= --continue-at= -b=(*=*) -b<
    --cookie=(*=*) --cookie< -c> --cookie-jar> --create-dirs --create-file-mode= --crlf --crlfile< --curves=
    -d{body}!upload --data{body}!upload --data-ascii{body}!upload --data-binary{body}!upload --data-raw=!upload
    --data-urlencode{body}!upload --json{body}!upload --delegation= --digest --disable --disable-eprt --disable-epsv
    --disallow-username-in-url --dns-interface= --dns-ipv4-addr= --dns-ipv6-addr= --dns-servers= --doh-url{url}
    --doh-insecure -D> --dump-header> --ech= --egd-file= --engine=? --etag-compare< --etag-save> --expect100-timeout=
    -f --fail --fail-early --fail-with-body --false-start -F{form}!upload --form{form}!upload --form-escape
    --form-string=!upload --ftp-account= --ftp-alternative-to-user= --ftp-create-dirs --ftp-method= --ftp-pasv -P=
    --ftp-port= --ftp-pret --ftp-skip-pasv-ip --ftp-ssl-ccc --ftp-ssl-control -g --globoff --happy-eyeballs-timeout-ms=
    --haproxy-protocol --head -I -H{body} --header{body} -h[=] --help[=] --hostpubmd5= --hostpubsha256= --hsts<>
    --http0.9 --http1.0 --http1.1 --http2 --http3 --http2-prior-knowledge --http3-only --ignore-content-length
    --include --insecure --interface= --ipfs-gateway{url} --ipv4 --ipv6 --ip-tos= --junk-session-cookies
    --keepalive-time= --keepalive-cnt= --key< --key-type= --krb= --libcurl> --limit-rate= --list-only --local-port=
    --location --location-trusted --login-options= --mail-auth= --mail-from=!upload --mail-rcpt=!upload --manual -M
    --max-filesize= --max-redirs= -m= --max-time= --metalink --negotiate -n --netrc --netrc-file< --netrc-optional
    --next --no-alpn --no-buffer --no-clobber --no-keepalive --no-npn --no-progress-meter --no-sessionid --noproxy=
    --ntlm --ntlm-wb --oauth2-bearer= -o> --output> --output-dir/ --parallel --parallel-immediate --parallel-max=
    --pass= --path-as-is --pinnedpubkey= --post301 --post302 --post303 --preproxy{url}!traffic -p --proxytunnel
    --progress-bar --proto= --proto-default= --proto-redir= -x{url}!traffic --proxy{url}!traffic --proxy-header=
    --proxy-insecure -U= --proxy-user= --proxy1.0{url}!traffic -Q=!upload --quote=!upload --random-file< -r= --range=
    --rate= --raw -e= --referer= -J -O --remote-header-name --remote-name --remote-name-all --remote-time
    -X=(get|head|options|propfind|trace) -X=(delete)!deploy -X=!upload --request=(get|head|options|propfind|trace)
    --request=(delete)!deploy --request=!upload --request-target= --resolve= --retry= --retry-all-errors
    --retry-connrefused --retry-delay= --retry-max-time= --sasl-authzid= --sasl-ir --service-name= --show-error
    --silent --show-headers --socks4{url}!traffic --socks4a{url}!traffic --socks5{url}!traffic
    --socks5-hostname{url}!traffic -Y= --speed-limit= -y= --speed-time= --ssl --ssl-allow-beast --ssl-no-revoke
    --ssl-reqd --ssl-revoke-best-effort --ssl-auto-client-cert -2 -3 --sslv2 --sslv3 --stderr> --styled-output
    --suppress-connect-headers --tcp-fastopen --tcp-nodelay -t=!upload --telnet-option=!upload --tftp-blksize=
    --tftp-no-options -z= --time-cond= --tls-max= --tls13-ciphers= --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 --tlsv1.3
    --tr-encoding --trace> --trace-ascii> --trace-ids --trace-time --trace-config= --unix-socket=(*docker.sock)!escape
    --unix-socket= -T<!upload --upload-file<!upload --url{url} --url-query= -B --use-ascii -u= --user= -A=
    --user-agent= --variable=? --verbose --version -w{body} --write-out{body} --xattr --get --location --proxy-cacert<
    --proxy-key< --proxy-cert= --proxy-basic --proxy-digest --proxy-anyauth --proxy-negotiate --proxy-ntlm
    --proxy-pass=
curl | @curl | {url}... | send
curl -O,-J,--remote-name,--remote-header-name,--remote-name-all | @curl | {url}... | send writes{.}
wget | -46bcEFHhkKmNnpqrSvVxY -a> --append-output> --accept= -A= --accept-regex= --adjust-extension --ask-password
    --auth-no-challenge --background -B= --base= --backup-converted --backups[=] --bind-address= --body-data=!upload
    --body-file<!upload --ca-certificate< --ca-directory/ --certificate< --certificate-type= --check-certificate[=]
    --ciphers= --compression= --config? --connect-timeout= --content-disposition --content-on-error --continue
    --convert-file-only --convert-links --crl-file< --cut-dirs= --debug -d --default-page= --delete-after
    --dns-timeout= -P/ --directory-prefix/ --domains= -D= -e? --execute? --exclude-directories= -X= --exclude-domains=
    --follow-ftp --follow-tags= --force-directories --force-html --ftp-password= --ftp-user= --ftps-implicit --header=
    --help --host-directories --hsts-file<> --html-extension --http-keep-alive --http-passwd= --http-password=
    --http-user= --https-only --ignore-case --ignore-length --ignore-tags= --include-directories= -I= -i<:send
    --input-file<:send --input-metalink< --inet4-only --inet6-only --iri --keep-session-cookies -l= --level=
    --limit-rate= --load-cookies< --local-encoding= -L --relative --max-redirect= --metalink-index=
    --method=(get|head|options) --method=!upload --mirror --netrc -nc --no-clobber -nd --no-directories -nH
    --no-host-directories --no-cache --no-check-certificate --no-config --no-cookies --no-dns-cache --no-glob --no-hsts
    --no-http-keep-alive --no-if-modified-since --no-iri --no-netrc --no-parent -np --no-passive-ftp --no-proxy
    --no-remove-listing --no-use-server-timestamps --no-verbose -nv --no-warc-compression -o> --output-file> -O>
    --output-document> --page-requisites --parent --passive-ftp --password= --post-data=!upload --post-file<!upload
    --prefer-family= --preserve-permissions --private-key< --private-key-type= --progress= --protocol-directories
    --proxy[=] --proxy-password= --proxy-user= --quiet -Q= --quota= --random-file< --random-wait --read-timeout=
    --recursive --referer= --regex-type= --reject= -R= --reject-regex= --rejected-log> --remote-encoding=
    --report-speed= --restrict-file-names= --retry-connrefused --retry-on-http-error= --retry-on-host-error
    --save-cookies> --save-headers --secure-protocol= --server-response --show-progress --span-hosts --spider
    --start-pos= --strict-comments -T= --timeout= --timestamping -t= --tries= --trust-server-names --unlink
    --use-askpass=? --user= -U= --user-agent= --verbose --version -w= --wait= --waitretry= --warc-file> --warc-header=
    --xattr -nc --if-modified-since | {url}... | send writes{.}
wget2,aria2c,axel,httrack,lftpget,fetch | * -o> -O> --output> --out> -d/ --dir/ -i<:run --input-file<:run -P/
    --on-download-complete{command} --on-download-start{command} --conf-path? -a= -n= -s= -x= -j= | {url}... | send
    writes{.}
lwp-download | -a -s -h -v | {url} > | send
lwp-request,GET,HEAD | -m=(get|head) -m=!upload -f -b= -t= -i= -c= -C= -p{url}!traffic -P -H= -u -U -s -S -e -E -d -o=
    -v -h -a -x | {url}... | send
POST,PUT | * | {url}... | send !upload
http,https,xh,xhs,curlie,hurl | * -o> --output> -a= --auth= -A= --auth-type= --session= --timeout= --verify= --cert<
    --proxy{url}!traffic -d --download | =... | run send{?}
    (post *|put *|patch *|delete *|*=*|* *:=*|* *@/*|* *@./*)!upload
grpcurl,websocat,wscat,evans,ab,wrk,hey,vegeta,siege,k6,bombardier,oha | * | =... | run send !upload
yt-dlp,youtube-dl,gallery-dl,you-get | * --exec{sh} -o= -f= -P/ --paths/ --config-location? --cookies< | {url}... | run
    send writes{.}
lynx,w3m,links,links2,elinks | * -dump -source -cfg? -o= | {url}... | run send single-dash
speedtest,speedtest-cli,iperf,iperf3,nping | * | =... | run send
svn,hg,bzr,cvs,fossil | --version --help -h -q --quiet
svn,hg status,st,log,diff,info,cat,annotate,blame,ls,list,proplist,propget,summary,branch,branches,tags,heads,paths,id,
    identify,parents,tip,grep,files,root,manifest,help,version | * -r= -R/ | =... | run
svn,hg add,commit,ci,update,up,checkout,co,clone,switch,merge,revert,resolve,delete,rm,remove,copy,cp,move,mv,mkdir,
    import,export,pull,init,backout,graft,rebase,histedit,strip,shelve,unshelve,tag,bookmark,propset,propdel,cleanup,
    relocate,addremove,forget,evolve,amend,uncommit | * -m= -r= -R/ | =... | run send{origin}
svn,hg,bzr revert | * -r= -R/ | =... | run !discard
hg update,up,checkout,co | * -C!discard --clean!discard -r= | =... | run
hg strip,histedit,rollback,uncommit,amend,evolve,prune | * -r= -m= | =... | run !history
hg push,outgoing,incoming,serve,email | * | =... | run send{origin} !push

# --- other machines ----------------------------------------------------------------------------------------------
@ssh = -4 -6 -A -a -B= -b= -C -c= -D=!expose -E> -e= -F? -f -G -g!expose -I? -i< -J= -K -k -L= -l= -M -m= -N -n -O= -P=
    -p= -Q= -q -R=!expose -S=
    -o=(proxycommand*|localcommand*|permitlocalcommand*|knownhostscommand*|pkcs11provider*|securitykeyprovider*)?
    -o=(proxyusefdpass*|match*|include*|xauthlocation*)? -o= -s -T -t -V -v -W= -w=!expose -X -x -Y -y
ssh,autossh,mosh,rsh,rlogin | @ssh | {host} {beyond} | run options-first send !remote
sshpass | -p= -f< -d= -e -P= -v -h -V | {command} | run !remote options-first
slogin,dbclient,plink,et | * -p= -l= -i< | {host} {beyond} | run send !remote options-first
pdsh,pssh,parallel-ssh,clush,dsh | * | =... | run send !remote
scp | -346ABCOpqRrsTv -c= -D=? -F? -i< -J= -l= -o=(proxycommand*|localcommand*|permitlocalcommand*|knownhostscommand*)?
    -o=(pkcs11provider*|include*|match*)? -o= -P= -S? -X= | {from}... {to} | send
sftp | * -b<? -B= -c= -D=? -F? -i< -J= -l= -o=(proxycommand*|localcommand*|knownhostscommand*)? -o= -P= -R= -S? -s= |
    {host} [=] | run send !remote
rsync | -vqcarRbudlLkKHpEAXogtDSnWxmCIUNzhPisyOJ046 --verbose --quiet --no-motd --checksum --archive --recursive
    --relative --no-implied-dirs --backup --backup-dir> --suffix= --update --inplace --append --append-verify --dirs
    --old-dirs --mkpath --links --copy-links --copy-unsafe-links --safe-links --munge-links --copy-dirlinks
    --keep-dirlinks --hard-links --perms --executability --chmod= --acls --xattrs --owner --group --devices
    --copy-devices --write-devices!disk --specials --times --atimes --open-noatime --crtimes --omit-dir-times
    --omit-link-times --super --fake-super --sparse --preallocate -n:dry --dry-run:dry --whole-file --checksum-choice=
    --one-file-system -B= --block-size= -e=(ssh|ssh?-[46aci1lpq]*) -e{sh} --rsh=(ssh|ssh?-[46aci1lpq]*) --rsh{sh}
    --rsync-path? --existing --ignore-existing --remove-source-files!tree-delete --del!tree-delete --delete!tree-delete
    --delete-before!tree-delete --delete-during!tree-delete --delete-delay!tree-delete --delete-after!tree-delete
    --delete-excluded!tree-delete --ignore-missing-args --delete-missing-args!tree-delete --ignore-errors --force
    --max-delete= --max-size= --min-size= --max-alloc= --partial --partial-dir> --delay-updates --prune-empty-dirs
    --numeric-ids --usermap= --groupmap= --chown= --timeout= --contimeout= --ignore-times --size-only -@=
    --modify-window= -T> --temp-dir> --fuzzy -y --compare-dest/ --copy-dest/ --link-dest/ --compress --compress-choice=
    --compress-level= --skip-compress= --cvs-exclude -f= --filter= -F --exclude= --exclude-from< --include=
    --include-from< --files-from< --from0 --old-args --secluded-args --trust-sender --copy-as=? --address= --port=
    --sockopts= --blocking-io --outbuf= --stats --8-bit-output --human-readable --progress --itemize-changes -M=
    --remote-option= --out-format= --log-file> --log-file-format= --password-file< --early-input< --list-only:dry
    --bwlimit= --stop-after= --stop-at= --fsync --write-batch> --only-write-batch> --read-batch< --protocol= --iconv=
    --checksum-seed= --ipv4 --ipv6 --version --help --info= --debug= --stderr= --no-perms --no-owner --no-group
    --no-times --no-compress --no-relative --no-links --no-recursive --no-o --no-g --no-p --no-t | {from}... {to} |
    send
rsync --daemon | * --daemon | =... | run !expose
unison,syncthing,croc,wormhole,magic-wormhole,ffsend,filebrowser,onionshare | * | =... | run send !upload
ftp,lftp,ncftp,tftp,smbclient,ncftpput,ncftpget,cadaver,smbget,dav,curlftpfs,sshfs,mount.cifs | * -c= -e= -u= -U= -p=
    -o= -f? | =... | run send{?} !upload
telnet,tn5250,rdesktop,xfreerdp,vncviewer,remmina,minicom,cu,tip | * | =... | run send{?} !remote
nc,ncat,netcat,nc.traditional,nc.openbsd | -46CDdFhknNrStuUv -b -c=!reverse-shell -e=!reverse-shell -g= -G= -i= -I=
    -l!expose -L!expose -M= -m= -O= -o> -p= -P= -q= -s= -T= -V= -w= -W= -X= -x= --sh-exec=!reverse-shell
    --exec=!reverse-shell --lua-exec?!reverse-shell --listen!expose --keep-open --udp --sctp --ssl --ssl-verify
    --ssl-cert< --ssl-key< --ssl-trustfile< --source= --source-port= --wait= --idle-timeout= --recv-only:safe
    --send-only --max-conns= --allow= --deny= --proxy= --proxy-type= --proxy-auth= --telnet --verbose --version --help
    --no-shutdown --nodns --output> --hex-dump> --append-output --crlf --unixsock --vsock --broker!expose --chat!expose
    --delay= --zero:dry -z:dry -Z | {host} =... | send !upload
socat | -dDhvVxsrRtTul -lf= -ly -ls -lm -lu -lh -b= -t= -T= -L= -W= -U -u -g -4 -6 | =... | run send{?} single-dash
    !remote (*exec:*|*system:*|*shell:*|*pty*)!reverse-shell (*listen*)!expose (*docker.sock*)!escape
cryptcat,sbd,pwncat,msfconsole,msfvenom,setoolkit,sliver | * | =... | run send{?} !reverse-shell
delv,kdig,drill,dog,doggo | * -t= -W= -R= -c= -p= | {host}... | send
fping,arping,hping3,traceroute6,tracert | * -c= -i= -I= -W= -w= -s= -t= -p= -Q= -M= -S= -m= -q= -l= -f | {host}... |
    send
geoiplookup,jwhois | * -h{host} -p= | {host}... | send
finger | * | {host}!upload... | send
nmap | * -o= -oN> -oX> -oG> -oA> -iL< --script? --script-args= --datadir? --interactive? -p= --top-ports=
    --excludefile< -e= -S= -D= -g= --ttl= --host-timeout= --max-retries= --min-rate= --max-rate= --exclude= | {host}...
    | run send !remote no-clusters
masscan,zmap,nikto,gobuster,ffuf,dirb,wfuzz,sqlmap,hydra,medusa,john,hashcat,aircrack-ng,nuclei,amass,subfinder,wpscan,
    enum4linux,crackmapexec,responder,ettercap,bettercap,kerbrute,dirsearch,feroxbuster,rustscan,arp-scan,nbtscan,
    onesixtyone | * | =... | run send{?} !remote
openssl | --help:help -help:help --version:help -v:help | | single-dash alone?
openssl version,help,list,ciphers,errstr,prime,speed,info | * -engine? -provider? -provider-path? -evp= -seconds=
    -bytes= -bits= -cipher-algorithms -digest-commands | =... | single-dash
openssl rand | -hex -base64 -out> -writerand> -rand< -engine? -provider? | =... | single-dash
openssl passwd | -crypt -1 -5 -6 -apr1 -aixmd5 -salt= -in< -noverify -quiet -table -reverse -stdin | =... | single-dash
openssl x509,req,rsa,dsa,ec,ecparam,pkey,pkeyutl,pkeyparam,genrsa,genpkey,gendsa,dhparam,crl,crl2pkcs7,pkcs7,pkcs8,
    pkcs12,asn1parse,verify,enc,dgst,md5,sha1,sha224,sha256,sha384,sha512,base64,cms,smime,ts,spkac,nseq,sess_id,
    rsautl,dsaparam,aes-128-cbc,aes-192-cbc,aes-256-cbc,aes-256-ctr,aes-256-ecb,aes-128-ecb,des3,des-ede3-cbc,chacha20,
    camellia-256-cbc,mac,kdf,ca,bf,rc4,cast5-cbc,seed | * -in< -out> -keyout> -key< -inkey< -config<:run -CA< -CAkey<
    -CAfile< -CApath/ -CAserial<> -CAcreateserial -certfile< -extfile< -extensions= -signkey< -force_pubkey< -inform=
    -outform= -keyform= -subj= -days= -set_serial= -passin= -passout= -pass= -k= -K= -iv= -S= -salt -kfile< -engine?
    -provider? -provider-path? -rand< -writerand> -sign< -verify< -prverify< -signature< -sigfile< -hmac= -mac=
    -macopt= -md= -newkey= -addext= -reqexts= -name= -nameopt= -certopt= -algorithm= -pkeyopt= -paramfile< -pubin
    -pubout -peerkey< -digest= -nodes -noout -text -inkey< -export -untrusted< -CRLfile< -cert< -recip< -signer< -to=
    -from= -subject= -content< -oid< -checkend= -iter= -caname= -oid= -policy= -purpose= -genconf= -strparse= -offset=
    -length= -dump -batch -gencrl -revoke< -outdir/ -infiles -e -d -a -A | <... | single-dash run
openssl s_client,s_time,ocsp | * -connect{host} -host{host} -url{url} -proxy= -CAfile< -cert< -key< -servername= -port=
    | =... | send single-dash !remote
openssl s_server | * | =... | run !expose single-dash
ssh-keygen | -lvqyBcAepiHF -f<> -t= -b= -C= -N= -P= -m= -E= -F= -R= -D? -a= -I= -n= -O= -s< -V= -w? -Y= -z= -r= -k -K
    -h -U -u -M= -j= -T= -S= | =... | run
ssh-keyscan | -46cDHqv -f< -O= -p= -T= -t= | {host}... | send
ssh-copy-id | * -i< -p= -o= -F? | {host} | run send !accounts
ssh-add | -cDdEeHhKkLlqSstTvXx -t= -S? -s? -e= | <... | run !private
gpg,gpg2 | --version -h --help -k --list-keys --list-public-keys -K --list-secret-keys --fingerprint --list-sigs
    --check-sigs --with-colons --with-fingerprint --keyid-format= --verify --homedir/ --no-default-keyring --keyring=
    --batch --yes --quiet -q -v --verbose --status-fd= --list-packets --show-keys -a --armor -s:run --sign:run
    --clearsign:run --clear-sign:run -b:run --detach-sign:run -e:run --encrypt:run -r= --recipient= -c:run
    --symmetric:run -d:run --decrypt:run -o> --output> -u= --local-user= --passphrase= --passphrase-file<
    --passphrase-fd= --pinentry-mode= --gen-key:run --generate-key:run --full-generate-key:run --quick-generate-key:run
    --quick-gen-key:run --import:run --delete-keys!restore --delete-secret-keys!infra-destroy
    --delete-secret-and-public-key!infra-destroy --edit-key:run --export --export-secret-keys!secrets
    --export-secret-subkeys!secrets --export-ssh-key --recv-keys:send --recv-key:send --keyserver{host}
    --refresh-keys:send --send-keys!publish --search-keys:send --dearmor --enarmor --trust-model= --always-trust
    --photo-viewer? --cipher-algo= --digest-algo= --compress-algo= --no-tty --import-options= --export-options=
    --import-ownertrust:run --quick-sign-key:run --lsign-key:run --sign-key:run --agent-program? --fetch-keys:send
    --locate-keys:send | <... | run
mail,mailx,mutt,sendmail,msmtp,swaks,ssmtp,mailsend,mpack,exim,postfix | * -a< -A< -s= -f= -r= -c= | =... | run send{?}
    !upload
tor | * -f? -q | [=] {command} | run options-first !traffic
openvpn,wg,wg-quick,strongswan,ipsec,zerotier-cli,nebula,vpnc,openconnect,pppd,warp-cli,nordvpn,mullvad | * | =... |
    run send{?} !traffic
mitmproxy,mitmdump,mitmweb,tinyproxy,squid,privoxy,3proxy,danted,microsocks,stunnel,redsocks,haproxy,nginx,caddy,httpd,
    apache2,lighttpd,sshd,vsftpd,proftpd,smbd,dropbear,inetd,xinetd,telnetd,tftpd,rpcbind,nfsd | * -t -T -v -V
    --version | =... | run !expose
tcpdump,tshark,dumpcap,ngrep,wireshark,iftop,nethogs,bmon,dsniff,iptraf,iptraf-ng,vnstat | * -w> -r< -z? -i= -c= -s=
    -C= -W= -F< | =... | run !system

# --- this machine's network --------------------------------------------------------------------------------------
ip | -46abcDdhorstV -4 -6 -B -j -json -p -pretty -br -brief -d -details -s -stats -h -human -o -oneline -c[=] -color[=]
    -f= -family= -l= -loops= -t -timestamp -ts -r -resolve -iec -rc= -rcvbuf= -n= -netns= -N -Numeric -a -all -V
    -Version -b? -batch? -force -help | | single-dash
ip addr,address,a,link,l,route,r,ro,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,mroute,tunnel,tuntap,token,
    ntable,netconf,tcp_metrics,tcpmetrics,xfrm,vrf,nexthop,macsec,fou,ila,sr,mptcp,l2tp,netns,monitor | | [=]
ip addr,address,a,link,l,route,r,ro,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,mroute,tunnel,tuntap,token,
    ntable,netconf,tcp_metrics,tcpmetrics,xfrm,vrf,nexthop,macsec,l2tp,netns,mptcp show,sh,s,list,ls,lst,l,get,save,
    help,identify,pids,monitor,showdump | * | =...
ip addr,address,a,link,l,route,r,ro,rule,ru,neigh,neighbor,neighbour,n,maddress,maddr,mroute,tunnel,tuntap,token,
    ntable,tcp_metrics,tcpmetrics,xfrm,vrf,nexthop,macsec,l2tp,fou,mptcp add,a,replace,rep,change,chg,prepend,append,
    restore,update,allocspi | * | =... | run !system
ip route,r,ro,rule,ru del,delete,d,flush,f | * | =... | run !outage
ip addr,address,a,link,l,neigh,neighbor,neighbour,n,maddress,maddr,tunnel,tuntap,token,ntable,tcp_metrics,xfrm,vrf,
    nexthop,macsec,l2tp del,delete,d,flush,f | * | =... | run !outage
ip link,l set,s | * | =... | run !system (* down|* down *)!outage
ip netns add,del,delete,set,attach,exec | * | =... | run !escape
ifconfig | -a -s -v -L -m -l -u -d | = =!system... | (* down|* down *)!outage
iwconfig,iw,ethtool,mii-tool,nmcli,networkctl,netplan,brctl,bridge,vconfig,tc,rfkill,wpa_cli,route | * | =... | run
    !system
nmcli general,device,d,dev,connection,c,con,networking,n,radio,g status,show,list,s | * -f= -t -g= | =...
nmcli networking,n,radio,device,dev,d off,disconnect,down,delete | * | =... | run !outage
nmcli networking off | | =... | run !outage
nmcli connection,con,c down,delete | * | =... | run !outage
ifdown,ifup,dhclient,dhcpcd,udhcpc,ifenslave,wpa_supplicant | * | =... | run !outage
arp | -aenvD --verbose -n -N --numeric -H= --hw-type= -i= --device= -f< -d!traffic -s!traffic --delete!traffic
    --set!traffic | =...
arpspoof,macchanger,dnsspoof,ip6tables-nft,conntrack,ipset,ebtables,arptables,firewall-cmd,shorewall | * | =... | run
    !guard
firewall-cmd | --state --list-all --get-default-zone --get-zones --get-active-zones --list-ports --list-services
    --list-all-zones --zone= --permanent:run --reload!guard --add-port=!expose --add-service=!expose
    --remove-port=!guard --remove-service=!guard --panic-on!outage --panic-off!guard --version
iptables,ip6tables,iptables-legacy,iptables-nft | -nvxS -L[=] --list[=] --list-rules --line-numbers -t= --table=
    --numeric --verbose --exact -V --version -h --help -F!guard --flush!guard -X!guard --delete-chain!guard -P!guard
    --policy!guard -Z:run --zero:run -A!traffic --append!traffic -I!traffic --insert!traffic -D!guard --delete!guard
    -R!traffic --replace!traffic -N:run --new-chain:run -E:run -C --check -j= --jump= -p= --proto= --protocol= -s=
    --source= -d= --destination= -i= --in-interface= -o= --out-interface= -m= --match= -w[=] --wait[=] --modprobe=?
    -M=? | =...
iptables-save,ip6tables-save | -c --counters -t= --table= -M= -f> --file>
iptables-restore,ip6tables-restore | * | <... | run !guard
nft | -acehijnNpsSTuvy -a --handle -j --json -n --numeric -s --stateless -v --version -h --help -f<!guard --file<!guard
    -c:dry --check:dry -i? --interactive? -e --echo -I/ --includepath/ -D=
nft list,describe,monitor | -a -j -n -s | =...
nft add,create,insert,replace,rename,reset | * | =... | run !traffic
nft flush,delete,destroy | * | =... | run !guard
ufw | --version --help --dry-run:dry --force
ufw status,version,show | * | =...
ufw disable,reset,delete,logging,reload | * | =... | run !guard
ufw allow,route,enable,default,limit,deny,reject,insert,prepend | * | =... | run !traffic
"""
