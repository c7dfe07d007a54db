import pytest

from runner.policy.effects import shell_effects
from runner.types import Effects


def does(command: str) -> Effects:
    return shell_effects(command, "/w")


LOCAL_READS = """
docker ps -a
docker ps --format x
docker images
docker image ls
docker inspect x
docker logs --tail 5 -f x
docker container ls
docker network inspect x
docker version
docker compose ps
docker compose logs api
podman ps
kubectl config view
kubectl config current-context
systemctl status x
systemctl list-units --type=service
systemctl is-active x
service x status
crontab -l
mount
loginctl list-sessions
aws help
""".strip().splitlines()


@pytest.mark.parametrize("command", LOCAL_READS)
def test_asking_this_machine_only_reads(command: str) -> None:
    effects = does(command)
    assert effects.only_reads, effects


REMOTE_READS = """
aws ec2 describe-instances --region us-east-1
aws s3 ls s3://b
aws --profile p iam get-role --role-name r
aws dynamodb query --table-name t
gcloud compute instances list --project p
gcloud --project p compute instances describe x --zone z
gcloud alpha compute instances list
gcloud config configurations describe x
gcloud logging read 'severity>=ERROR' --limit 20
az vm list --name delete
az vm show -g g -n delete
kubectl get pods -n x
kubectl -n x describe pod delete
kubectl logs -f x
helm list -n x
helm show values ./chart
gh pr list
gh pr view 1 --json x
gh issue list -R o/r
gh search repos delete
gh api repos/o/r
gh api -X GET repos/o/r
terraform state list
vault status
heroku logs -a x
pulumi whoami
""".strip().splitlines()


@pytest.mark.parametrize("command", REMOTE_READS)
def test_asking_a_service_sends_and_no_more(command: str) -> None:
    effects = does(command)
    assert not effects.may_write, effects
    assert "?" not in effects.sends


DESTROYS = """
aws ec2 terminate-instances --instance-ids i
aws s3 rm s3://b --recursive
aws s3 rb s3://b
aws s3 sync . s3://b --delete
aws rds delete-db-instance --db-instance-identifier list
gcloud compute instances delete list
gcloud logging logs delete list
gcloud --quiet projects delete p
gcloud run services delete x
gcloud secrets delete describe
az group delete --name list
az vm delete -g g -n list --yes
az internet-analyzer test delete --name list
az keyvault secret delete --name x
gsutil -m rm -r gs://b
bq rm -f d
kubectl delete ns x
kubectl -n x delete pod y
kubectl delete deployment --all
kubectl drain n
kubectl replace -f x --force
kubectl scale deploy x --replicas=0
helm uninstall r
helm -n x delete r
terraform destroy
terraform apply -auto-approve
terraform apply -destroy
terraform -chdir=x destroy -auto-approve
terraform state rm x
terraform workspace delete x
tofu destroy
pulumi destroy
pulumi up --yes
docker system prune --volumes
docker volume rm x
docker volume prune
docker compose down -v
docker compose rm -f x
docker service rm x
docker exec api sh -c 'rm -rf /data'
kubectl exec p -it -- rm -rf /
ssh h 'rm -rf /'
gh repo delete o/r
gh release delete v1
gh secret delete X
gh api -X DELETE repos/o/r
gh api --method delete repos/o/r
heroku apps:destroy -a x
flyctl apps destroy x
vercel project rm x
vercel domains rm x
vault delete secret/x
vault kv destroy -versions=1 secret/x
vault secrets disable x
minikube delete
vagrant destroy -f
consul kv delete x
rclone purge r:x
skopeo delete docker://x
""".strip().splitlines()


@pytest.mark.parametrize("command", DESTROYS)
def test_removing_what_others_use_is_destroying(command: str) -> None:
    assert "infra-destroy" in does(command).hazards


CHANGES = """
aws ec2 run-instances --image-id x
aws lambda update-function-code --function-name list
gcloud compute instances create list
gcloud app deploy
az vm create -g g -n list
kubectl apply -f x
kubectl rollout restart deploy/x
helm install r c
helm upgrade r c
terraform apply
pulumi up
gh pr merge 1
gh workflow run x
heroku config:set A=b -a x
vercel deploy
docker stop x
""".strip().splitlines()


@pytest.mark.parametrize("command", CHANGES)
def test_changing_what_others_use_gets_a_look(command: str) -> None:
    effects = does(command)
    assert "deploy" in effects.hazards
    assert "infra-destroy" not in effects.hazards


ESCAPES = """
docker run --privileged x
docker run --privileged=true x
docker run -v /:/host x
docker run -v/var/run/docker.sock:/s x
docker run --mount type=bind,src=/,dst=/h x
docker run --pid=host x
docker run --pid host x
docker run --cap-add SYS_ADMIN x
docker run --cap-add=ALL x
docker run --security-opt seccomp=unconfined x
docker run --userns=host x
docker exec --privileged x sh
nsenter -t 1 -m sh
mount --bind / /mnt
modprobe x
insmod x.ko
lxc config device add x r disk source=/ path=/r
lxc init i x -c security.privileged=true
""".strip().splitlines()


@pytest.mark.parametrize("command", ESCAPES)
def test_reaching_the_host_is_an_escape(command: str) -> None:
    assert "escape" in does(command).hazards


@pytest.mark.parametrize(
    "command",
    [
        "docker run -v ./src:/app x",
        "docker run -e A=/:/ x",
        "docker run --privileged=false x",
        "docker run x --privileged",
    ],
)
def test_an_ordinary_container_is_no_escape(command: str) -> None:
    assert "escape" not in does(command).hazards


SHOWS_SECRETS = """
aws secretsmanager get-secret-value --secret-id x
aws sts get-session-token
aws ssm get-parameter --name x --with-decryption
gcloud auth print-access-token
gcloud secrets versions access latest --secret x
az account get-access-token
az keyvault secret show --name x
kubectl get secret x -o yaml
kubectl get pods,secrets
kubectl config view --raw
vault kv get secret/x
gh auth token
gh auth status -t
op read x
ansible-vault view x
""".strip().splitlines()


@pytest.mark.parametrize("command", SHOWS_SECRETS)
def test_showing_credentials_gets_a_look(command: str) -> None:
    assert "private" in does(command).hazards


DRY = """
terraform plan
terraform fmt -check
kubectl apply -f x --dry-run=client
kubectl delete pod x --dry-run=server
helm install r c --dry-run
helm uninstall r --dry-run
docker compose --dry-run down -v
aws ec2 terminate-instances --instance-ids i --dry-run
rclone purge r:x --dry-run
ansible-playbook x.yml --list-tasks
""".strip().splitlines()


@pytest.mark.parametrize("command", DRY)
def test_a_dry_run_has_no_hazard(command: str) -> None:
    assert not does(command).hazards


def test_a_dry_run_that_is_switched_off_is_none() -> None:
    assert not does("kubectl delete pod x --dry-run=none").only_reads
    assert "infra-destroy" in does("kubectl delete pod x --dry-run=none").hazards


def test_a_file_that_is_uploaded_is_read() -> None:
    effects = does("aws s3 cp /var/log/auth.log s3://b/x")
    assert effects.reads == ("/var/log/auth.log",)
    assert "upload" in effects.hazards
    assert "upload" not in does("aws s3 cp s3://b/x ./x").hazards


@pytest.mark.parametrize(
    ("act", "command"),
    [
        ("outage", "shutdown -h now"),
        ("outage", "reboot"),
        ("outage", "systemctl poweroff"),
        ("outage", "systemctl stop NetworkManager"),
        ("outage", "init 0"),
        ("guard", "systemctl stop auditd"),
        ("guard", "systemctl disable --now ufw"),
        ("guard", "auditctl -e 0"),
        ("guard", "setenforce 0"),
        ("service", "systemctl restart x"),
        ("service", "service x start"),
        ("persist", "systemctl enable x"),
        ("persist", "systemctl --user enable x"),
        ("persist", "crontab x"),
        ("persist", "crontab -"),
        ("persist", "crontab -r"),
        ("users", "useradd x"),
        ("users", "passwd root"),
        ("privilege", "usermod -aG sudo x"),
        ("privilege", "visudo"),
        ("disk", "mkfs.ext4 /dev/sda1"),
        ("disk", "fdisk /dev/sda"),
        ("disk", "parted /dev/sda mklabel gpt"),
        ("disk", "wipefs -a /dev/sda"),
        ("disk", "lvremove x"),
        ("disk", "zpool destroy x"),
        ("escape", "umount /x; modprobe y"),
    ],
)
def test_administration_is_named(act: str, command: str) -> None:
    assert act in does(command).hazards


@pytest.mark.parametrize("command", ["fdisk -l", "parted /dev/sda print", "zpool status", "shutdown -c", "passwd -S x"])
def test_showing_the_machine_is_no_danger(command: str) -> None:
    assert not does(command).hazards


@pytest.mark.parametrize(
    ("act", "command"),
    [
        ("disk", "sgdisk -d 1 /dev/sda"),
        ("disk", "mkfs.ext4 -N 5 /dev/sda"),
        ("disk", "mkfs.vfat -n x /dev/sda"),
        ("disk", "mkfs.btrfs -n 16384 /dev/sda"),
        ("disk", "parted -s /dev/sda rm 1"),
        ("disk", "hdparm -I --security-erase x /dev/sda"),
        ("disk", "mdadm --query --zero-superblock /dev/sda"),
        ("disk", "e2fsck -l x /dev/sda"),
    ],
)
def test_an_option_that_only_shows_in_one_program_is_not_taken_for_that_in_another(act: str, command: str) -> None:
    assert act in does(command).hazards or does(command).opaque is not None
